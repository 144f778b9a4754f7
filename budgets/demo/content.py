"""What the demonstration's proposals say: themes, invented projects, and adaptations of real budget lines."""

from dataclasses import dataclass
from decimal import Decimal

ADAPTED = "ดัดแปลงจากเอกสารงบประมาณ พ.ศ. 2565"
INVENTED = "โครงการสมมติเพื่อการสาธิต"
SAMPLE_TH, SAMPLE_EN = "ประเด็นตัวอย่างเพื่อการสาธิต", "A sample theme for demonstration"


@dataclass(frozen=True)
class Item:
    """A budget item; `basis` with `reference` is its price evidence, or `product`, where the account lists it then."""

    description: str
    quantity: int
    unit: str
    unit_price_baht: Decimal
    basis: str = "other_standard"
    reference: str = "ราคากลางของหน่วยงาน ธันวาคม 2568"
    category: str = "investment.equipment"
    product: str = ""

    @property
    def total_baht(self):
        return self.quantity * self.unit_price_baht


@dataclass(frozen=True)
class Theme:
    """A focus theme, and what a project under it adds, aims at and measures."""

    code: str
    name_th: str
    name_en: str
    about_th: str
    about_en: str
    dimensions: tuple
    min_baht: int
    max_baht: int
    addition: str
    extra: Item
    problem: str
    objectives: tuple
    target: tuple
    kpi: tuple
    required_kpi: bool = True
    documents: tuple = ()
    personal_data: str = ""


def _baht(amount):
    return Decimal(amount)


THEMES = [
    Theme(
        "flood", "น้ำท่วมและการเตือนภัย", "Floods and early warning",
        "ติดตามระดับน้ำ ระบายน้ำ และเตือนประชาชนก่อนเกิดเหตุ", "Watch the water, drain it, and warn people in time",
        ("living", "environment"), 100_000, 50_000_000, "สถานีวัดระดับน้ำและระบบแจ้งเตือน",
        Item("สถานีวัดระดับน้ำอัตโนมัติพร้อมส่งข้อมูลและป้ายแจ้งเตือน", 3, "สถานี", _baht(185_000)),
        "พื้นที่ลุ่มถูกน้ำท่วมซ้ำเฉลี่ยปีละ 4 ครั้ง ครั้งล่าสุดมีผู้เดือดร้อน 1,240 ครัวเรือน และประชาชนทราบก่อนน้ำถึงเพียง 25 นาที",
        ("ลดเวลาที่น้ำท่วมขัง", "แจ้งเตือนประชาชนล่วงหน้าอย่างน้อยสองชั่วโมง"),
        ("จุดเฝ้าระวังที่ส่งข้อมูลได้ทุก 10 นาที", "3", "จุด"),
        ("ระยะเวลาแจ้งเตือนล่วงหน้า", "นาที", 25, 120, "up"), required_kpi=False,
    ),
    Theme(
        "safety", "ความปลอดภัยของเมือง", "Safe city",
        "กล้องโทรทัศน์วงจรปิด ศูนย์สั่งการ และการบรรเทาสาธารณภัย", "Cameras, a command room and relief of disasters",
        ("living", "governance"), 500_000, 30_000_000, "ระบบรับแจ้งเหตุและสั่งการ",
        Item("ระบบรับแจ้งเหตุและติดตามตำแหน่งหน่วยปฏิบัติการ", 1, "ระบบ", _baht(890_000), "mdes_ict",
             "เกณฑ์ราคากลางคอมพิวเตอร์ ฉบับเมษายน 2569 ข้อ 12"),
        "ปีที่ผ่านมามีเหตุเพลิงไหม้และอุบัติเหตุ 214 ครั้ง หน่วยปฏิบัติการถึงที่เกิดเหตุเฉลี่ย 18 นาที เกินเป้าหมายของจังหวัด",
        ("ถึงที่เกิดเหตุภายใน 10 นาที", "เห็นภาพจุดเสี่ยงจากศูนย์สั่งการตลอด 24 ชั่วโมง"),
        ("จุดเสี่ยงที่อยู่ในระบบเฝ้าระวัง", "24", "จุด"),
        ("ระยะเวลาเฉลี่ยในการเข้าถึงเหตุ", "นาที", 18, 10, "down"),
        documents=(("cctv_site", "หนังสืออนุญาตใช้สถานที่ติดตั้งกล้อง", "Permission for the cameras' sites", "always"),
                   ("cctv_dpia", "ผลการประเมินผลกระทบด้านข้อมูลส่วนบุคคล", "Data protection impact assessment",
                    "personal_data")),
        personal_data="เก็บภาพไว้ 30 วัน กำหนดผู้มีสิทธิดูภาพ บันทึกการเข้าดูทุกครั้ง และติดป้ายแจ้งทุกจุดติดตั้ง",
    ),
    Theme(
        "traffic", "จราจรและการเดินทาง", "Traffic and mobility",
        "ถนนปลอดภัย สัญญาณไฟที่ปรับตามปริมาณรถ และข้อมูลจราจรเปิด", "Safer roads, adaptive signals, open traffic data",
        ("mobility",), 500_000, 40_000_000, "ระบบนับปริมาณจราจรอัตโนมัติ",
        Item("เครื่องนับปริมาณจราจรอัตโนมัติพร้อมส่งข้อมูล", 2, "จุด", _baht(240_000)),
        "เส้นทางนี้มีรถผ่านวันละกว่า 6,500 คัน เกิดอุบัติเหตุ 31 ครั้งในรอบปี และยังไม่มีข้อมูลปริมาณจราจรเพื่อวางแผนบำรุงทาง",
        ("ลดอุบัติเหตุบนเส้นทาง", "มีข้อมูลปริมาณจราจรรายชั่วโมงเปิดเผยต่อประชาชน"),
        ("เส้นทางที่มีข้อมูลจราจรรายชั่วโมง", "1", "เส้นทาง"),
        ("จำนวนอุบัติเหตุต่อปีบนเส้นทาง", "ครั้ง", 31, 15, "down"),
        documents=(("road_plan", "แบบแปลนและประมาณราคา (ปร.4/ปร.5)", "Drawings and cost estimate", "always"),),
    ),
    Theme(
        "waste_energy", "ขยะและพลังงาน", "Waste and energy",
        "เก็บขยะตรงเวลา ใช้เส้นทางคุ้มค่า และลดค่าพลังงานของเมือง", "Waste on time, better routes, less energy spent",
        ("environment", "energy"), 500_000, 30_000_000, "ระบบติดตามเส้นทางและน้ำหนักขยะ",
        Item("ระบบติดตามเส้นทางพร้อมเครื่องชั่งน้ำหนักและรายงานบนแผนที่", 1, "ระบบ", _baht(420_000)),
        "ปริมาณขยะเพิ่มร้อยละ 12 ใน 3 ปี รถเดิมใช้งานเกิน 10 ปี มีขยะตกค้างเฉลี่ยวันละ 4 ตัน และได้รับเรื่องร้องเรียนเดือนละ 37 เรื่อง",
        ("ไม่มีขยะตกค้างข้ามวัน", "ลดค่าเชื้อเพลิงต่อตันขยะที่เก็บได้"),
        ("เส้นทางเก็บขยะที่ติดตามได้", "8", "เส้นทาง"),
        ("ปริมาณขยะตกค้างต่อวัน", "ตัน", 4, 0, "down"),
        documents=(("disposal", "สัญญาหรือบันทึกข้อตกลงสถานที่กำจัดขยะ", "Agreement with the disposal site", "optional"),),
    ),
    Theme(
        "air", "ฝุ่น PM2.5 และคุณภาพอากาศ", "PM2.5 and air quality",
        "วัด เตือน และลดฝุ่นในพื้นที่เสี่ยง", "Measure, warn of and reduce dust where it is worst",
        ("environment",), 200_000, 10_000_000, "ป้ายแสดงค่าฝุ่นและแจ้งเตือนทางไลน์",
        Item("ป้ายแสดงค่าฝุ่นและการแจ้งเตือนผ่านบัญชีทางการ", 4, "จุด", _baht(65_000)),
        "ปีที่ผ่านมาค่าฝุ่นเกินมาตรฐาน 58 วัน ผู้ป่วยทางเดินหายใจเพิ่มร้อยละ 21 ขณะที่เครื่องวัดใกล้ที่สุดอยู่ห่าง 37 กิโลเมตร",
        ("ประชาชนรู้ค่าฝุ่นในพื้นที่ของตนทุกชั่วโมง", "ลดการเผาในที่โล่ง"),
        ("เครื่องวัดที่ส่งข้อมูลต่อเนื่อง", "6", "เครื่อง"),
        ("จำนวนวันที่ค่าฝุ่นเกินมาตรฐาน", "วัน", 58, 40, "down"),
        documents=(("burning_plan", "แผนลดการเผาในที่โล่งของพื้นที่", "Plan against open burning", "always"),),
    ),
    Theme(
        "e_service", "บริการประชาชนออนไลน์", "Online services",
        "ยื่นคำขอ ชำระค่าธรรมเนียม และติดตามเรื่องได้จากที่บ้าน", "Apply, pay and follow a request from home",
        ("governance", "people"), 200_000, 8_000_000, "การอบรมเจ้าหน้าที่และจุดช่วยเหลือประชาชน",
        Item("จุดบริการตนเองพร้อมคอมพิวเตอร์สำหรับประชาชน", 2, "ชุด", _baht(85_000), "mdes_ict",
             "เกณฑ์ราคากลางคอมพิวเตอร์ ฉบับเมษายน 2569 ข้อ 8"),
        "ประชาชนต้องเดินทางมาสำนักงานเฉลี่ย 2.4 ครั้งต่อหนึ่งคำขอ ใช้เวลารอเฉลี่ย 6 วันทำการ และมีคำขอปีละ 11,300 เรื่อง",
        ("ยื่นและติดตามคำขอออนไลน์ได้ทุกประเภท", "ลดเวลาดำเนินการ"),
        ("บริการที่ยื่นออนไลน์ได้", "14", "บริการ"),
        ("ระยะเวลาดำเนินการเฉลี่ยต่อคำขอ", "วัน", 6, 2, "down"),
        documents=(("privacy_notice", "ประกาศความเป็นส่วนตัวของบริการ", "Privacy notice of the service", "personal_data"),),
        personal_data="ใช้ข้อมูลเท่าที่จำเป็นต่อคำขอ เข้ารหัสระหว่างส่ง เก็บในศูนย์ข้อมูลภาครัฐ และลบเมื่อพ้นกำหนดตามระเบียบ",
    ),
    Theme(
        "ageing", "สุขภาพและสังคมสูงวัย", "Health and ageing",
        "ดูแลผู้สูงอายุและผู้ป่วยติดเตียงให้ทันเวลา", "Care for older people and the bedridden, in time",
        ("living", "people"), 200_000, 8_000_000, "ระบบติดตามสุขภาพทางไกล",
        Item("ชุดตรวจสุขภาพที่บ้านพร้อมส่งข้อมูลให้ รพ.สต.", 12, "ชุด", _baht(28_500)),
        "ผู้สูงอายุร้อยละ 24 ของประชากร ผู้ป่วยติดเตียง 86 ราย มีผู้ดูแลเยี่ยมได้เฉลี่ยเดือนละครั้ง",
        ("ผู้ป่วยติดเตียงทุกรายได้รับการติดตามทุกสัปดาห์", "ลดการเข้าโรงพยาบาลฉุกเฉิน"),
        ("ผู้ป่วยที่ติดตามทางไกลได้", "86", "ราย"),
        ("ร้อยละของผู้ป่วยติดเตียงที่ได้รับการติดตามทุกสัปดาห์", "ร้อยละ", 22, 90, "up"),
        documents=(("health_consent", "แบบขอความยินยอมของผู้รับบริการ", "Consent form", "always"),),
        personal_data="ข้อมูลสุขภาพเป็นข้อมูลอ่อนไหว ขอความยินยอมเป็นหนังสือ จำกัดผู้เข้าถึงเฉพาะทีมผู้ดูแล และเข้ารหัสที่เก็บ",
    ),
    Theme(
        "city_data", "แพลตฟอร์มข้อมูลเมือง", "City data platform",
        "รวมข้อมูลของเมือง เปิดเผย และใช้ตัดสินใจ", "Gather the city's data, open it and decide by it",
        ("governance", "economy"), 500_000, 30_000_000, "บัญชีข้อมูลเปิดและแดชบอร์ดเมือง",
        Item("แดชบอร์ดเมืองและบัญชีข้อมูลเปิดตามมาตรฐานภาครัฐ", 1, "ระบบ", _baht(960_000), "mdes_ict",
             "เกณฑ์ราคากลางคอมพิวเตอร์ ฉบับเมษายน 2569 ข้อ 30", "operations.services"),
        "ข้อมูลของเมืองกระจายอยู่ใน 9 กอง ใช้รูปแบบต่างกัน เตรียมรายงานหนึ่งฉบับใช้เวลา 11 วัน และยังไม่มีชุดข้อมูลเปิด",
        ("มีบัญชีข้อมูลเมืองที่ทุกกองใช้ร่วมกัน", "เปิดเผยชุดข้อมูลที่ประชาชนขอบ่อย"),
        ("ชุดข้อมูลเปิดที่ปรับปรุงอัตโนมัติ", "20", "ชุด"),
        ("จำนวนชุดข้อมูลเปิดที่ปรับปรุงอัตโนมัติ", "ชุด", 0, 20, "up"),
        documents=(("data_plan", "แผนธรรมาภิบาลข้อมูล", "Data governance plan", "always"),),
        personal_data="เผยแพร่เฉพาะข้อมูลที่ไม่ระบุตัวบุคคล ผ่านการตรวจของคณะทำงานธรรมาภิบาลข้อมูลก่อนทุกครั้ง",
    ),
]  # fmt: skip
BY_CODE = {theme.code: theme for theme in THEMES}

INVENTED_PROJECTS = [
    ("flood", "ระบบเตือนภัยน้ำหลากชุมชนริมคลอง", "ชุดเซนเซอร์วัดระดับน้ำพร้อมแจ้งเตือน", 5, "ชุด", 140_000,
     "ชุดเซนเซอร์วัดระดับน้ำ"),
    ("air", "เครือข่ายเครื่องวัดฝุ่นในโรงเรียนและศูนย์เด็กเล็ก", "เครื่องวัดฝุ่นชนิดอ้างอิงพร้อมส่งข้อมูล", 6, "เครื่อง", 118_000),
    ("e_service", "ระบบยื่นคำขอและรับเรื่องร้องเรียนออนไลน์", "บริการรับเรื่องร้องเรียนและติดตามผล", 5, "ปี", 180_000,
     "ระบบรับเรื่องร้องเรียนเมืองสมมติ"),
    ("ageing", "ศูนย์ติดตามสุขภาพผู้สูงอายุทางไกล", "อุปกรณ์แจ้งเหตุฉุกเฉินสำหรับผู้สูงอายุ", 90, "ชุด", 6_900),
    ("flood", "ประตูระบายน้ำควบคุมระยะไกล", "ชุดควบคุมประตูระบายน้ำระยะไกล", 4, "ชุด", 385_000),
    ("safety", "กล้องโทรทัศน์วงจรปิดจุดเสี่ยงหน้าโรงเรียน", "กล้องโทรทัศน์วงจรปิดชนิดเครือข่ายพร้อมติดตั้ง", 32, "กล้อง", 41_000),
    ("city_data", "ระบบข้อมูลแผนที่ภาษีและสาธารณูปโภค", "แพลตฟอร์มข้อมูลเมืองพร้อมชั้นข้อมูลแผนที่", 1, "ระบบ", 1_200_000,
     "แพลตฟอร์มข้อมูลเมือง ฐานดี"),
    ("traffic", "ทางม้าลายอัจฉริยะหน้าตลาดและโรงพยาบาล", "ชุดไฟทางข้ามอัจฉริยะ", 6, "จุด", 172_000),
    ("waste_energy", "ไฟถนนแอลอีดีควบคุมระยะไกล", "โคมไฟแอลอีดีพร้อมตัวควบคุม", 240, "โคม", 9_800),
    ("e_service", "คิวออนไลน์และนัดหมายงานทะเบียน", "ระบบจองคิวและแจ้งเตือน", 5, "ปี", 95_000,
     "ระบบจองคิวบริการประชาชน"),
    ("ageing", "ระบบเยี่ยมบ้านผู้ป่วยติดเตียงด้วยแพทย์ทางไกล", "ชุดอุปกรณ์แพทย์ทางไกลเคลื่อนที่", 5, "ชุด", 138_000),
    ("air", "ศูนย์เฝ้าระวังการเผาและแจ้งเตือนฝุ่น", "กล้องตรวจจับควันบนหอสูง", 3, "ชุด", 268_000),
    ("flood", "แบบจำลองน้ำท่วมและแผนที่เสี่ยงภัยชุมชน", "เครื่องวัดปริมาณฝนอัตโนมัติ", 8, "เครื่อง", 74_500),
    ("city_data", "ศูนย์ข้อมูลท่องเที่ยวและเศรษฐกิจท้องถิ่น", "ระบบรวบรวมข้อมูลนักท่องเที่ยว", 1, "ระบบ", 1_260_000),
]  # fmt: skip


@dataclass(frozen=True)
class Project:
    """What one proposal asks for."""

    theme: Theme
    title_th: str
    mark: str
    source: str
    items: tuple

    @property
    def total_baht(self):
        return sum(item.total_baht for item in self.items)


def adapted(line):
    """The `Project` that grows from a real budget line: the same purchase, with what makes it smart."""
    theme = BY_CODE[line.theme]
    counted = f" {line.quantity} {line.unit}" if line.quantity > 1 else ""
    source = f"{ADAPTED} เล่มที่ {line.book} หน้า {line.page}: “{line.text}” {line.amount_baht:,.2f} บาท"
    category = "investment.equipment" if line.unit in {"คัน", "ชุด", "เครื่อง"} else "investment.construction"
    price = (line.amount_baht / line.quantity).quantize(Decimal("0.01"))
    if price * line.quantity != line.amount_baht:
        line_item = Item(line.head, 1, "งาน", line.amount_baht, category=category)
    else:
        line_item = Item(line.head, line.quantity, line.unit, price, category=category)
    title = f"{line.head}{counted} พร้อม{theme.addition} (ดัดแปลง)"
    return Project(theme, title, ADAPTED, source, (line_item, theme.extra))


def invented(number):
    """The invented project of this running number; the list is gone through again and again."""
    code, title, thing, quantity, unit, price, *product = INVENTED_PROJECTS[number % len(INVENTED_PROJECTS)]
    theme = BY_CODE[code]
    main = Item(thing, quantity, unit, _baht(price), product="".join(product))
    return Project(theme, f"{title} (สมมติ)", INVENTED, INVENTED, (main, theme.extra))
