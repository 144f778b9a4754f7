"""What the demonstration's pilots try: invented, in real places."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Idea:
    """One service to be tried. `rule` is (law, provision, authority, remedy, obstacle), or None where there is none;
    `product` names what of the account of providers its partner brings."""

    title_th: str
    title_en: str
    dimension: str
    technology: str
    problem: str
    innovation: str
    indicator: tuple
    rule: tuple | None = None
    partner: tuple = ("university", "มหาวิทยาลัยสงขลานครินทร์", "Prince of Songkla University")
    product: str = ""
    personal_data: bool = True
    has_public_devices: bool = True
    summary: str = ""
    lessons: str = ""


def measure(name, unit, direction, baseline, target, stop, final):
    return name, unit, direction, *(Decimal(str(one)) for one in (baseline, target, stop, final))


AIR = ("พ.ร.บ. การเดินอากาศ พ.ศ. 2497", "มาตรา 24", "caat", "exemption", "ห้ามอากาศยานไร้คนขับบินเหนือชุมชน")
RADIO = ("พ.ร.บ. วิทยุคมนาคม พ.ศ. 2498", "มาตรา 6", "nbtc", "special_licence", "คลื่นที่ใช้ต้องได้รับใบอนุญาตเฉพาะพื้นที่")
ROAD = ("พ.ร.บ. จราจรทางบก พ.ศ. 2522", "มาตรา 21", "rtp", "exemption", "สัญญาณไฟต้องควบคุมตามรูปแบบที่กำหนด")
CAR = ("พ.ร.บ. รถยนต์ พ.ศ. 2522", "มาตรา 6", "dlt", "special_licence", "รถไร้คนขับยังจดทะเบียนไม่ได้")
POWER = ("พ.ร.บ. การประกอบกิจการพลังงาน พ.ศ. 2550", "มาตรา 47", "erc", "exemption", "ซื้อขายไฟฟ้าระหว่างอาคารต้องมีใบอนุญาต")
MONEY = ("ระเบียบ มท. ว่าด้วยการเบิกจ่ายเงินของ อปท.", "ข้อ 67", "moi", "interpretation", "ไม่ชัดเจนว่าจ่ายค่าบริการตามจริงได้หรือไม่")

# Boundaries as rings of longitude and latitude, by the office in whose middle they lie.
AREAS = {
    "เทศบาลเมืองกระบี่": [
        [98.9052, 8.0581], [98.9139, 8.0562], [98.9197, 8.0604], [98.9218, 8.0689], [98.9174, 8.0763],
        [98.9098, 8.0778], [98.9041, 8.0722], [98.9027, 8.0649], [98.9052, 8.0581],
    ],
}  # fmt: skip

IDEAS = {
    "drone": Idea(
        "โดรนส่งยาถึงบ้านผู้ป่วยบนเกาะ", "Drones that bring medicine to island homes", "living", "drones",
        "ผู้ป่วยบนเกาะรอยาเฉลี่ย 62 นาที ช่วงมรสุมรอข้ามวัน",
        "ส่งยาด้วยโดรนตามเส้นทางที่กำหนด มีเจ้าหน้าที่สาธารณสุขรับปลายทาง",
        measure("เวลาส่งยาเฉลี่ย", "นาที", "down", 62, 20, 90, 24), AIR,
        summary="ส่งยาได้เฉลี่ย 24 นาที จากเดิม 62 นาที รวม 412 เที่ยวใน 4 เดือน ไม่มีผู้บาดเจ็บ",
        lessons="วันที่ลมแรงเกิน 30 กม./ชม. บินไม่ได้ 19 วัน ต้องมีเรือสำรองเสมอ ผู้สูงอายุต้องการให้โทรแจ้งก่อนโดรนถึง",
    ),
    "traffic": Idea(
        "สัญญาณไฟปรับเองตามปริมาณรถ", "Traffic lights that answer to the traffic", "mobility", "artificial_intelligence",
        "แยกหลักติดขัดช่วงเช้าเฉลี่ย 11 นาที", "กล้องนับรถแล้วปรับจังหวะไฟเองทุกสองนาที ไม่เก็บภาพใบหน้าและทะเบียน",
        measure("เวลาผ่านแยกช่วงเร่งด่วน", "นาที", "down", 11, 7, 15, 8), ROAD,
        summary="เวลาผ่านแยกลดจาก 11 เหลือ 8 นาที แต่ไม่ถึงเป้าหมาย 7 นาที",
        lessons="ช่วงฝนตกกล้องนับรถจักรยานยนต์พลาด ร้อยละ 18 ต้องเสริมเซนเซอร์ที่ผิวถนนก่อนขยายผล",
    ),
    "bus": Idea(
        "รถรับส่งไร้คนขับในเขตเมืองเก่า", "Driverless shuttle in the old town", "mobility", "vehicles",
        "นักท่องเที่ยวจอดรถเต็มถนนแคบ", "รถไฟฟ้าไร้คนขับความเร็วไม่เกิน 20 กม./ชม. มีผู้ควบคุมบนรถ",
        measure("การหยุดฉุกเฉิน", "ครั้งต่อ 100 กม.", "down", 6, 2, 10, 4), CAR, partner=(
            "provider", "บริษัท ตัวอย่างยานยนต์อัตโนมัติ จำกัด", "Example Autonomous Vehicles"),
        summary="ให้บริการ 1,830 เที่ยว แล้วยุติหลังรถเฉี่ยวรถเข็น มีผู้บาดเจ็บเล็กน้อยหนึ่งคน",
        lessons="เซนเซอร์ไม่เห็นวัตถุเตี้ยในแสงย้อน ทางเท้าที่แคบกว่า 1.2 เมตรไม่เหมาะกับรถประเภทนี้",
    ),
    "flood": Idea(
        "เซนเซอร์เตือนน้ำท่วมระดับซอย", "Flood sensors for every lane", "environment", "sensors",
        "ประกาศเตือนน้ำท่วมถึงชาวบ้านช้าเกินไป", "เซนเซอร์ราคาถูก 60 จุด แจ้งเตือนเป็นรายซอย",
        measure("เวลาเตือนล่วงหน้า", "นาที", "up", 15, 45, 5, 52), RADIO,
        partner=("provider", "บริษัท ตัวอย่างเมืองฉลาด จำกัด", "Tuayang Smart City"), product="ชุดเซนเซอร์วัดระดับน้ำ",
        summary="เตือนล่วงหน้าได้ 52 นาที เกินเป้าหมาย 45 นาที ชาวบ้านย้ายของทันทุกครั้ง",
        lessons="แบตเตอรี่หมดเร็วกว่าที่ผู้ผลิตบอกสองเท่า ต้องตั้งงบเปลี่ยนทุกหกเดือน",
    ),
    "solar": Idea(
        "แลกเปลี่ยนไฟฟ้าแสงอาทิตย์ระหว่างอาคารเทศบาล", "Solar power shared between town buildings", "energy", "energy",
        "ไฟฟ้าแสงอาทิตย์เหลือทิ้งในวันหยุด", "โอนไฟฟ้าที่เหลือให้อาคารข้างเคียงโดยอัตโนมัติ",
        measure("ไฟฟ้าที่ใช้ประโยชน์", "ร้อยละ", "up", 58, 85, 50, 77), POWER, personal_data=False,
        summary="ใช้ประโยชน์ไฟฟ้าเพิ่มจากร้อยละ 58 เป็นร้อยละ 77", lessons="มิเตอร์สองยี่ห้อคุยกันไม่ได้ ต้องกำหนดมาตรฐานก่อนจัดซื้อ",
    ),
    "waste": Idea(
        "แอปนัดเก็บขยะชิ้นใหญ่", "Booking the collection of bulky waste", "environment", "application",
        "ขยะชิ้นใหญ่กองริมทางเฉลี่ย 9 วัน", "นัดเก็บผ่านแอปโดยไม่เก็บข้อมูลส่วนบุคคล ใช้รหัสจุดทิ้ง",
        measure("วันที่ขยะค้าง", "วัน", "down", 9, 3, 14, 2.5), None, personal_data=False, has_public_devices=False,
        partner=("community", "ชุมชนตลาดเก่า", "Old market community"),
        summary="ขยะค้างลดจาก 9 วันเหลือ 2.5 วัน มีผู้ใช้ 740 ครัวเรือน", lessons="ผู้สูงอายุไม่ใช้แอป ต้องรับนัดทางโทรศัพท์ด้วย",
    ),
    "elder": Idea(
        "นาฬิกาเตือนล้มของผู้สูงอายุ", "Watches that notice a fall", "living", "sensors",
        "ผู้สูงอายุล้มในบ้านแล้วไม่มีใครรู้", "นาฬิกาแจ้งอาสาสมัครสาธารณสุขทันทีที่ล้ม",
        measure("เวลาถึงตัวผู้ป่วย", "นาที", "down", 48, 15, 60, 19), MONEY,
        summary="อาสาสมัครถึงตัวผู้ป่วยใน 19 นาที", lessons="เตือนผิดวันละสองครั้งในสัปดาห์แรก ปรับค่าแล้วเหลือสัปดาห์ละครั้ง",
    ),
    "light": Idea(
        "ไฟถนนหรี่เองเมื่อไม่มีคน", "Street lights that dim when nobody is there", "energy", "sensors",
        "ค่าไฟถนนสูงขึ้นร้อยละ 12 ต่อปี", "ไฟหรี่เหลือร้อยละ 30 และสว่างเต็มที่ภายในหนึ่งวินาทีเมื่อมีคน",
        measure("ไฟฟ้าต่อคืน", "หน่วย", "down", 420, 260, 450, 255), None, personal_data=False,
        summary="ใช้ไฟลดจาก 420 เหลือ 255 หน่วยต่อคืน", lessons="ตรอกแคบรู้สึกมืดเกินไปในเดือนแรก ปรับต่ำสุดเป็นร้อยละ 45",
    ),
}  # fmt: skip
