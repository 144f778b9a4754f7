"""The authorities whose rules stand in the way most often (DOMAIN §4.2), loaded into an installation without any."""

from sandboxes.models import Authority

AUTHORITIES = [
    ("moi", "กระทรวงมหาดไทย", "Ministry of Interior"),
    ("cgd", "กรมบัญชีกลาง", "Comptroller General's Department"),
    ("caat", "สำนักงานการบินพลเรือนแห่งประเทศไทย", "Civil Aviation Authority of Thailand"),
    ("nbtc", "สำนักงาน กสทช.", "Office of the NBTC"),
    ("dlt", "กรมการขนส่งทางบก", "Department of Land Transport"),
    ("rtp", "สำนักงานตำรวจแห่งชาติ", "Royal Thai Police"),
    ("erc", "สำนักงานคณะกรรมการกำกับกิจการพลังงาน", "Office of the Energy Regulatory Commission"),
    ("pdpc", "สำนักงานคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล", "Office of the PDPC"),
    ("pcd", "กรมควบคุมมลพิษ", "Pollution Control Department"),
    ("moph", "กระทรวงสาธารณสุข", "Ministry of Public Health"),
    ("council", "สภาท้องถิ่น (ข้อบัญญัติท้องถิ่น)", "Local council (local ordinance)"),
    ("other", "หน่วยงานอื่น", "Another authority"),
]


def load_reference_data():
    """Make the authorities that are not there yet."""
    for code, name_th, name_en in AUTHORITIES:
        Authority.objects.get_or_create(code=code, defaults={"name_th": name_th, "name_en": name_en})
