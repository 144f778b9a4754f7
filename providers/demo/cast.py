"""The companies of the demonstration: invented names, valid check digits, a range that no registry office uses.

Numbers begin with `0 00`: no province has the code 00, so none of them can be a real company's.
"""

from dataclasses import dataclass, field

from stdnum.th import moa


def number_of(serial):
    """The juristic number of the demonstration's company `serial`."""
    stem = f"0005569{serial:05d}"
    return stem + moa.calc_check_digit(stem + "0")


@dataclass(frozen=True)
class Offer:
    """One product: names, kind, categories, dimensions, price with unit, provinces (none for the whole country)."""

    name_th: str
    name_en: str
    kind: str
    categories: tuple
    dimensions: tuple
    price: str
    unit: str
    provinces: tuple = ()
    hosting: str = "thailand"
    pdpa_role: str = "processor"


@dataclass(frozen=True)
class Cast:
    """One company and what becomes of it: `fate` names the story that `seeding` tells."""

    serial: int
    name_th: str
    name_en: str
    province: str
    fate: str
    offers: tuple
    certification: str = "iso_29110"
    years_ago: float = 1.2
    facts: dict = field(default_factory=dict)

    @property
    def number(self):
        return number_of(self.serial)


COMPLAINTS = Offer("ระบบรับเรื่องร้องเรียนเมืองสมมติ", "Sommut City Complaints", "saas", ("complaints", "e_service"),
                   ("governance", "living"), "180000", "ปี")  # fmt: skip
QUEUE = Offer("ระบบจองคิวบริการประชาชน คิวดี", "Q-Dee Booking", "saas", ("queue",), ("governance",), "96000", "ปี")
FLOOD = Offer("ชุดเซนเซอร์วัดระดับน้ำพร้อมแจ้งเตือน", "Flood sensor set", "smart_device_iot", ("sensors", "disaster"),
              ("environment", "living"), "145000", "ชุด", hosting="on_premises", pdpa_role="none")  # fmt: skip
CITY_DATA = Offer("แพลตฟอร์มข้อมูลเมือง ฐานดี", "Thandee city data platform", "software", ("city_data",),
                  ("governance", "economy"), "1250000", "ระบบ", hosting="gdcc")  # fmt: skip
LIGHT = Offer("โคมไฟถนนอัจฉริยะควบคุมทางไกล", "Smart street light", "smart_device_iot", ("lighting",),
              ("energy", "mobility"), "18500", "ชุด", hosting="on_premises", pdpa_role="none")  # fmt: skip
CCTV = Offer("ระบบวิเคราะห์ภาพกล้องวงจรปิด ตาดี", "Tadee video analytics", "software", ("cctv",), ("living", "mobility"),
             "420000", "ระบบ", hosting="on_premises")  # fmt: skip
E_OFFICE = Offer("ระบบสารบรรณอิเล็กทรอนิกส์ ท้องถิ่นไร้กระดาษ", "Paperless e-office", "saas", ("e_office",), ("governance",),
                 "150000", "ปี")  # fmt: skip
TAX_MAP = Offer("ระบบแผนที่ภาษีและทะเบียนทรัพย์สิน", "Tax map", "software", ("tax_map",), ("economy", "governance"),
                "350000", "ระบบ")  # fmt: skip
HEALTH = Offer("ระบบดูแลผู้สูงอายุในชุมชน ใส่ใจ", "Saijai elderly care", "saas", ("health",), ("living", "people"), "120000",
               "ปี", provinces=("81", "80", "83"))  # fmt: skip
CARBON = Offer("ระบบบัญชีคาร์บอนท้องถิ่น", "Local carbon accounts", "saas", ("environment",), ("environment", "energy"),
               "240000", "ปี")  # fmt: skip
TOUR = Offer("แอปท่องเที่ยวชุมชน เที่ยวดี", "Thiaodee tourism", "digital_content", ("tourism",), ("economy",), "90000", "ปี",
             provinces=("81", "82", "83", "84"))  # fmt: skip
CLOUD = Offer("บริการคลาวด์สำหรับท้องถิ่น", "Cloud for local government", "cloud", ("cloud",), ("governance",), "36000", "ปี")
ERP = Offer("ระบบบัญชีและพัสดุท้องถิ่น", "Local accounting and supplies", "software", ("accounting", "erp"), ("governance",),
            "480000", "ระบบ")  # fmt: skip

CASTS = (
    Cast(1, "บริษัท ตัวอย่างเมืองฉลาด จำกัด", "Tuayang Smart City Co., Ltd.", "81", "listed",
         (COMPLAINTS, FLOOD, CITY_DATA), years_ago=1.78),
    Cast(2, "บริษัท สมมติดิจิทัลชุมชน จำกัด", "Sommut Digital Community Co., Ltd.", "56", "changing", (QUEUE, E_OFFICE),
         certification="cmmi", years_ago=1.93),
    Cast(3, "บริษัท ต้นแบบไฟถนน จำกัด", "Tonbaep Street Light Co., Ltd.", "50", "renewing", (LIGHT,), certification="tis",
         years_ago=1.93),
    Cast(4, "บริษัท จำลองกล้องไทย จำกัด", "Chamlong Thai Camera Co., Ltd.", "10", "suspended", (CCTV,),
         certification="iso_27001"),
    Cast(5, "บริษัท นามสมมติเอกสาร จำกัด", "Nam Sommut Documents Co., Ltd.", "40", "revoked", (E_OFFICE,)),
    Cast(6, "ห้างหุ้นส่วนจำกัด สาธิตแผนที่ภาษี", "Satit Tax Map LP", "30", "expired", (TAX_MAP,), years_ago=2.4),
    Cast(7, "บริษัท ลองใช้สุขภาพ จำกัด", "Longchai Health Co., Ltd.", "81", "withdrawn", (HEALTH,)),
    Cast(8, "บริษัท สมมุติคาร์บอน จำกัด", "Sommut Carbon Co., Ltd.", "20", "lapsed", (CARBON,)),
    Cast(9, "บริษัท ตัวอย่างท่องเที่ยว จำกัด", "Tuayang Tourism Co., Ltd.", "83", "ceased", (TOUR,)),
    Cast(10, "บริษัท แบบฝึกคลาวด์ จำกัด", "Baepfuek Cloud Co., Ltd.", "11", "complained", (CLOUD, COMPLAINTS),
         certification="iso_27001"),
    Cast(11, "บริษัท ร่างคำขอ จำกัด", "Rang Kham Kho Co., Ltd.", "73", "draft", (QUEUE,)),
    Cast(12, "บริษัท เพิ่งยื่น จำกัด", "Phoeng Yuen Co., Ltd.", "12", "submitted", (FLOOD,)),
    Cast(13, "บริษัท รอตรวจเอกสาร จำกัด", "Ro Truat Co., Ltd.", "90", "checking", (CCTV,)),
    Cast(14, "บริษัท ส่งคืนแก้ไข จำกัด", "Song Khuen Co., Ltd.", "65", "returned", (HEALTH,)),
    Cast(15, "บริษัท กำลังประเมิน จำกัด", "Kamlang Pramoen Co., Ltd.", "57", "assessing", (ERP,)),
    Cast(16, "บริษัท รอตัดสิน จำกัด", "Ro Tatsin Co., Ltd.", "34", "assessed", (CARBON,)),
    Cast(17, "บริษัท ไม่ผ่านเกณฑ์ จำกัด", "Mai Phan Co., Ltd.", "77", "rejected", (TAX_MAP,)),
    Cast(18, "บริษัท ถอนคำขอ จำกัด", "Thon Kham Kho Co., Ltd.", "60", "application_withdrawn", (CLOUD,)),
    Cast(19, "บริษัท รอยืนยันผู้แทน จำกัด", "Ro Yuenyan Co., Ltd.", "80", "claimed", (), years_ago=0.012),
)  # fmt: skip
