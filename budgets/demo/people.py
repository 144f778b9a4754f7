"""The people of the demonstration: one for each role, and the offices that have sent proposals."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from itertools import count
from random import Random

from django.contrib.auth.hashers import make_password

from budgets.rules import SERVED_BY_NO_PROVINCE
from portal import clock
from portal.models import LocalGovernment, Membership, Province, User
from portal.pages import DEMO_PASSWORD
from portal.people import accounts
from portal.roles import AGENCY_ROLES, Role, Scope, scope_of
from portal.states import LocalGovernmentKind as Kind

MAIN, SECOND = "04810102", "05560103"
REVIEWERS_HOMES = ["12", "40", "50", "90"]

FIRST_NAMES = [
    "กิตติพงศ์", "ขวัญชนก", "จิราพร", "ชัยวัฒน์", "ณัฐพล", "ดวงใจ", "ทิพย์วรรณ", "ธนากร", "นภัสสร", "บุญเลิศ",
    "ปิยะนุช", "พงศกร", "พิมพ์ใจ", "ภาณุวัฒน์", "มณีรัตน์", "ยุทธนา", "รัตนาภรณ์", "วรวุฒิ", "วิไลวรรณ", "ศิริชัย",
    "ศุภลักษณ์", "สมเกียรติ", "สุดารัตน์", "สุรชัย", "อนุชา", "อรทัย", "อัจฉรา", "อำนวย", "เกศินี", "เฉลิมพล",
]  # fmt: skip
LAST_NAMES = [
    "กาญจนวงศ์", "แก้วมณีโชติ", "จันทรประภา", "ชูศรีทอง", "ณรงค์ฤทธิ์", "ดำรงพันธ์", "ทองสุขใส", "ธรรมรักษา",
    "นิลวิเศษ", "บุญประคอง", "ประเสริฐผล", "พูนทวีสุข", "มั่นคงดี", "รุ่งเรืองศรี", "วงศ์สว่าง", "ศรีสมบูรณ์",
    "สายชลธี", "สุขเกษมสันต์", "หงส์ประเสริฐ", "อินทรสุวรรณ", "เพชรรัตนกุล", "แสงอรุณรัตน์", "ไชยมงคล",
]  # fmt: skip

TITLES = {
    Role.PROVINCIAL_OFFICER: "ท้องถิ่นจังหวัด",
    Role.DLA_OFFICER: "นักส่งเสริมการปกครองท้องถิ่นชำนาญการพิเศษ",
    Role.DEPA_REVIEWER: "ผู้เชี่ยวชาญด้านเมืองอัจฉริยะ",
    Role.COMMITTEE_SECRETARY: "เลขานุการคณะทำงานร่วม",
    Role.COMMITTEE_CHAIR: "ประธานคณะทำงานร่วม",
    Role.COMMITTEE_MEMBER: "คณะทำงานร่วม",
    Role.PROGRAMME_MANAGER: "ผู้จัดการแผนงานเมืองอัจฉริยะ",
    Role.REGISTRAR: "นายทะเบียนบัญชีผู้ให้บริการดิจิทัล",
    Role.ASSESSOR: "ผู้ประเมินด้านเทคนิค",
    Role.REGISTRY_APPROVER: "ผู้อนุมัติขึ้นบัญชี",
    Role.SANDBOX_OFFICER: "เจ้าหน้าที่พื้นที่ทดลองนวัตกรรม",
    Role.SANDBOX_MEMBER: "กรรมการพื้นที่ทดลองนวัตกรรม",
    Role.TRAINING_OFFICER: "เจ้าหน้าที่พัฒนาบุคลากรดิจิทัล",
    Role.SELECTION_MEMBER: "กรรมการคัดเลือก",
    Role.TRAINER: "วิทยากร",
    Role.AUDITOR: "นักวิชาการตรวจเงินแผ่นดินชำนาญการ",
    Role.OPERATOR: "ผู้ดูแลระบบ",
}
CLERKS = {Kind.PAO: "ปลัด อบจ.", Kind.SAO: "ปลัด อบต.", Kind.BMA: "ปลัดกรุงเทพมหานคร", Kind.PATTAYA: "ปลัดเมืองพัทยา"}
EXECUTIVES = {
    Kind.PAO: "นายก อบจ.",
    Kind.SAO: "นายก อบต.",
    Kind.BMA: "ผู้ว่าราชการกรุงเทพมหานคร",
    Kind.PATTAYA: "นายกเมืองพัทยา",
}
NATIONAL = [role for role in TITLES if scope_of(role) == Scope.NATIONAL and role not in AGENCY_ROLES]


def title_of(role, place=None):
    """The position that somebody with `role` writes under the name."""
    match role:
        case Role.LOCAL_OFFICER:
            return "นักวิเคราะห์นโยบายและแผนชำนาญการ"
        case Role.LOCAL_CLERK:
            return CLERKS.get(place.kind, "ปลัดเทศบาล")
        case Role.LOCAL_EXECUTIVE:
            return EXECUTIVES.get(place.kind, "นายกเทศมนตรี")
        case Role.LOCAL_AUDITOR:
            return "นักวิชาการตรวจสอบภายในชำนาญการ"
    return TITLES[role]


@dataclass(frozen=True)
class Office:
    """A local government with the people who prepare, verify and sign, and who screens its cases."""

    place: LocalGovernment
    officer: User
    clerk: User
    executive: User
    screener: User


class People:
    """Makes people, each user name once; `people["local_officer"]` finds them again."""

    def __init__(self, *, since, password=DEMO_PASSWORD):
        self.since = since
        self.password = make_password(password)
        self.made, self.offices, self.screeners = {}, {}, {}
        self.names = Random(2570).sample([(first, last) for first in FIRST_NAMES for last in LAST_NAMES], 400)
        self.phones = count(1)

    def __getitem__(self, username):
        return self.made[username]

    def add(self, username, role, *, at=None, agency="", home=None, signs_in=True):
        """A person holding `role` since before everything, made or found again; without `signs_in` nobody knows their
        password."""
        if found := User.objects.filter(username=username).first():
            self.made[username] = found
            return found
        first_name, last_name = self.names[len(self.made)]
        user = User(
            username=username,
            first_name=first_name,
            last_name=last_name,
            title=title_of(role, at),
            phone=f"0 2000 {next(self.phones):04d}",
            date_joined=self.since,
            password=self.password if signs_in else make_password(None),
        )
        user.save()
        place = {"province" if isinstance(at, Province) else "local_government": at} if at else {"province": home}
        Membership.objects.create(
            user=user, role=role, agency=agency, valid_from=self.since.astimezone(clock.BANGKOK).date(), **place
        )
        self.made[username] = user
        return user

    def add_demo_people(self):
        """One person for each role, with the second municipality's and the agencies' own."""
        for place, ending in ((self.main, ""), (self.second, "_2")):
            for role in (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE, Role.LOCAL_AUDITOR):
                self.add(f"{role}{ending}", role, at=place)
            screener = self.add(f"{Role.PROVINCIAL_OFFICER}{ending}", Role.PROVINCIAL_OFFICER, at=place.province)
            self.screeners[place.province_id] = screener
            self.offices[place.pk] = self._office(place, "{role}" + ending)
        for number, code in enumerate(REVIEWERS_HOMES, start=1):
            home = Province.objects.get(code=code)
            self.add(f"{Role.DEPA_REVIEWER}_{number}", Role.DEPA_REVIEWER, home=home)
        for role in NATIONAL:
            self.add(str(role), role)
        for role in sorted(AGENCY_ROLES):
            for agency in ("depa", "dla"):
                self.add(f"{role}_{agency}", role, agency=agency)
        self.add("dla_colleague", Role.DLA_OFFICER, signs_in=False)

    @cached_property
    def main(self):
        return place_with(MAIN) or LocalGovernment.objects.filter(kind=Kind.TOWN_MUNICIPALITY).order_by("pk").first()

    @cached_property
    def second(self):
        elsewhere = LocalGovernment.objects.exclude(province=self.main.province)
        return place_with(SECOND) or elsewhere.filter(kind=Kind.SUBDISTRICT_MUNICIPALITY).order_by("pk").first()

    @property
    def reviewers(self):
        """The reviewers that one can sign in as."""
        return [user for name, user in self.made.items() if name.startswith(Role.DEPA_REVIEWER)]

    def office(self, place):
        """The people of `place`, made when it is first asked for."""
        if place.pk not in self.offices:
            names = f"m{place.code.removeprefix('TH-').lower()}_" + "{short}"
            for role in (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE):
                self.add(names.format(short=role.removeprefix("local_")), role, at=place, signs_in=False)
            self.offices[place.pk] = self._office(place, names)
        return self.offices[place.pk]

    def _office(self, place, names):
        roles = ("local_officer", "local_clerk", "local_executive")
        found = [self.made[names.format(role=role, short=role.removeprefix("local_"))] for role in roles]
        return Office(place, *found, self.screener(place))

    def screener(self, place):
        """Who screens the cases of `place`: its provincial office, or DLA where none serves."""
        if place.kind in SERVED_BY_NO_PROVINCE:
            return self.made[Role.DLA_OFFICER]
        if place.province_id not in self.screeners:
            name = f"p{place.province.code}_officer"
            self.screeners[place.province_id] = self.add(
                name, Role.PROVINCIAL_OFFICER, at=place.province, signs_in=False
            )
        return self.screeners[place.province_id]

    def invite_newcomers(self):
        """A new committee member whose post waits to be confirmed, and an invitation that is still open."""
        _invitation, code = accounts.invite(by=self["operator"], role=Role.COMMITTEE_MEMBER, full_name="วราภรณ์ ตั้งมั่นคง")
        newcomer = User(username="committee_newcomer", first_name="วราภรณ์", last_name="ตั้งมั่นคง", title="คณะทำงานร่วม")
        newcomer.set_unusable_password()
        newcomer.date_joined = clock.now()
        newcomer.save()
        accounts.accept(code, user=newcomer)
        accounts.invite(
            by=self["local_clerk"], role=Role.LOCAL_OFFICER, full_name="ปกรณ์ ศรีอันดามัน", local_government=self.main
        )


def place_with(code):
    """The local government of a code, or None."""
    return LocalGovernment.objects.filter(codes__code=code).select_related("province", "district").first()


def start_of(fiscal_year):
    """The first working moment of a fiscal year (Buddhist era)."""
    return datetime.combine(datetime(fiscal_year - 544, 10, 1), time(8, 30), tzinfo=clock.BANGKOK)
