"""The registry's reference data as it ships: categories, kinds, checklist, criteria, statements, documents.

The categories follow the uses that depa names for the Thailand Digital Catalog; the kinds of certification are those
that its rules recognise. All of it may be changed where the registry's people keep it.
"""

from providers.models import (
    Attestation,
    Category,
    CertificationKind,
    ChecklistItem,
    Criterion,
    DocumentKind,
    Terms,
)

CATEGORIES = [
    ("citizen_services", None, "บริการประชาชน", "Citizen services"),
    ("e_service", "citizen_services", "บริการออนไลน์และคำขออนุญาต", "Online services and permits"),
    ("queue", "citizen_services", "ระบบจองคิว", "Queue booking"),
    ("complaints", "citizen_services", "รับเรื่องร้องเรียนร้องทุกข์", "Complaints"),
    ("health", "citizen_services", "สุขภาพและผู้สูงอายุ", "Health and the elderly"),
    ("environment", "citizen_services", "สิ่งแวดล้อมและคาร์บอน", "Environment and carbon"),
    ("tourism", "citizen_services", "ท่องเที่ยวและเศรษฐกิจท้องถิ่น", "Tourism and local economy"),
    ("disaster", "citizen_services", "เตือนภัยและป้องกันภัย", "Disaster warning"),
    ("internal_work", None, "งานภายในหน่วยงาน", "Internal work"),
    ("e_office", "internal_work", "สำนักงานอิเล็กทรอนิกส์", "E-office"),
    ("erp", "internal_work", "บริหารทรัพยากรองค์กร", "ERP"),
    ("hr_payroll", "internal_work", "บุคคลและเงินเดือน", "HR and payroll"),
    ("accounting", "internal_work", "บัญชีและการคลัง", "Accounting and finance"),
    ("tax_map", "internal_work", "แผนที่ภาษีและทะเบียนทรัพย์สิน", "Tax map and property register"),
    ("city_base", None, "ฐานของเมือง", "City base"),
    ("city_data", "city_base", "แพลตฟอร์มข้อมูลเมือง", "City data platform"),
    ("cloud", "city_base", "คลาวด์และโครงสร้างพื้นฐาน", "Cloud and infrastructure"),
    ("sensors", "city_base", "เซนเซอร์และ IoT", "Sensors and IoT"),
    ("cctv", "city_base", "กล้องวงจรปิดและวิเคราะห์ภาพ", "CCTV and video analytics"),
    ("lighting", "city_base", "ไฟถนนอัจฉริยะและพลังงาน", "Smart lighting and energy"),
]

CERTIFICATION_KINDS = [
    ("iso_29110", "ISO/IEC 29110 (มอก. 29110)", "ISO/IEC 29110", "สรอ. / หน่วยรับรองที่ได้รับการรับรองระบบงาน", True),
    ("cmmi", "CMMI ระดับ 2 ขึ้นไป", "CMMI level 2 or above", "CMMI Institute / ISACA", True),
    ("iso_27001", "ISO/IEC 27001", "ISO/IEC 27001", "", True),
    ("iso_27701", "ISO/IEC 27701", "ISO/IEC 27701", "", True),
    ("iso_20000", "ISO/IEC 20000-1", "ISO/IEC 20000-1", "", True),
    ("iso_25051", "ISO/IEC 25051", "ISO/IEC 25051", "", True),
    ("dsure", "dSURE (ตราสินค้าดิจิทัลของ depa)", "dSURE (depa's mark for digital products)", "depa", True),
    ("tis", "มอก. (มาตรฐานผลิตภัณฑ์อุตสาหกรรม)", "TIS (Thai industrial standard)", "สมอ.", True),
    ("nbtc", "การรับรองแบบเครื่องวิทยุคมนาคม (กสทช.)", "NBTC type approval", "กสทช.", False),
]

DOCUMENTS = [
    ("company_certificate", "หนังสือรับรองบริษัท (ไม่เกิน 6 เดือน)", "Company certificate (not older than six months)", True),
    ("vat_certificate", "ภ.พ.20", "VAT certificate (Por Por 20)", True),
    ("product_manual", "คู่มือหรือรายละเอียดสินค้า พร้อมภาพหน้าจอ", "Manual or product details with screenshots", True),
    ("use_evidence", "หลักฐานการใช้งานจริง", "Evidence of real use", True),
    ("process_documents", "เอกสารกระบวนการพัฒนา", "Documents of the development process", False),
    ("reseller_letter", "หนังสือแต่งตั้งตัวแทนจำหน่าย", "Letter of authorisation for resellers", False),
]

ATTESTATIONS = [
    ("true_and_complete", "ข้อมูลถูกต้องครบถ้วน", "True and complete",
     "บริษัทขอรับรองว่าข้อมูลและเอกสารในคำขอนี้ถูกต้อง ครบถ้วน และเป็นปัจจุบัน",
     "The company declares that what this application says is true, complete and current."),
    ("owns_rights", "มีสิทธิในสินค้าและบริการ", "Holds the rights",
     "บริษัทเป็นเจ้าของหรือได้รับสิทธิโดยชอบในสินค้าและบริการที่ขอขึ้นบัญชี",
     "The company owns the products, or holds the rights to sell them."),
    ("price_ceiling", "ไม่ขายเกินราคาที่ขึ้นบัญชี", "Sells at the listed price or below",
     "บริษัทจะเสนอขายแก่องค์กรปกครองส่วนท้องถิ่นไม่เกินราคาที่ขึ้นบัญชีตลอดอายุการขึ้นบัญชี",
     "While listed, the company offers local governments no more than the listed price."),
    ("not_debarred", "ไม่เป็นผู้ทิ้งงาน", "Not debarred",
     "บริษัทไม่เป็นผู้ทิ้งงานของทางราชการและไม่อยู่ระหว่างถูกสั่งพักการขึ้นบัญชี",
     "The company is not debarred from public procurement."),
    ("personal_data", "คุ้มครองข้อมูลส่วนบุคคล", "Protects personal data",
     "บริษัทปฏิบัติตามพระราชบัญญัติคุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562",
     "The company complies with the Personal Data Protection Act, B.E. 2562."),
]  # fmt: skip

CHECKLIST = [
    ("company_operating", "สถานะนิติบุคคลยังดำเนินกิจการ", "The company is operating",
     "เทียบกับข้อมูลกรมพัฒนาธุรกิจการค้า และบันทึกวันที่ตรวจ"),
    ("objects_digital", "วัตถุประสงค์เกี่ยวกับดิจิทัล", "Its objects cover digital business", "ดูวัตถุประสงค์ในหนังสือรับรอง"),
    ("vat", "ภ.พ.20 ตรงกับบริษัท", "The VAT certificate is the company's", "เทียบเลขทะเบียนและสาขา"),
    ("certifications", "ใบรับรองมาตรฐานจริงและยังไม่หมดอายุ", "Certifications are genuine and valid", "ตรวจกับหน่วยรับรองผู้ออก"),
    ("prices", "ราคาครบถ้วนและอ่านเข้าใจ", "Prices are complete and clear", "หน่วยนับและเงื่อนไขขั้นต่ำต้องชัด"),
    ("evidence_of_use", "มีหลักฐานการใช้งานจริง", "There is evidence of real use", "ติดต่อผู้ใช้งานอย่างน้อยหนึ่งราย"),
]  # fmt: skip

CRITERIA = [
    ("does_what_it_says", "ทำงานได้ตามที่ระบุ", "Does what it says", "ทดลองตามคู่มือ หรือดูการสาธิต"),
    ("security", "ความมั่นคงปลอดภัย", "Security", "ผลทดสอบเจาะระบบหรือใบรับรองที่ครอบคลุม"),
    ("personal_data", "การคุ้มครองข้อมูลส่วนบุคคล", "Personal data", "บทบาทตาม PDPA ที่เก็บข้อมูล และการลบข้อมูล"),
    ("open_data", "เชื่อมต่อและนำข้อมูลออกได้", "Can be connected and left", "มี API หรือส่งออกข้อมูลเป็นรูปแบบเปิด"),
    ("support", "การดูแลหลังการขาย", "Support", "เงื่อนไขรับประกันและช่องทางแจ้งปัญหา"),
    ("accessible", "ใช้งานได้สำหรับทุกคน", "Usable by all", "ภาษาไทย โทรศัพท์มือถือ และผู้พิการ"),
]


def load_reference_data():
    """Add what is missing; what is there stays as it is. Safe to run again."""
    if not Terms.objects.exists():
        Terms.objects.create()
    groups = {}
    for order, (code, parent, name_th, name_en) in enumerate(CATEGORIES):
        groups[code] = _add(Category, code, order, name_th, name_en, parent=groups.get(parent))
    for order, (code, name_th, name_en, issuer, counts) in enumerate(CERTIFICATION_KINDS):
        _add(CertificationKind, code, order, name_th, name_en, issuer_hint=issuer, counts_as_quality=counts)
    for order, (code, name_th, name_en, required) in enumerate(DOCUMENTS):
        _add(DocumentKind, code, order, name_th, name_en, is_required=required)
    for order, (code, name_th, name_en, text_th, text_en) in enumerate(ATTESTATIONS):
        _add(Attestation, code, order, name_th, name_en, text_th=text_th, text_en=text_en)
    for model, rows in ((ChecklistItem, CHECKLIST), (Criterion, CRITERIA)):
        for order, (code, name_th, name_en, guidance) in enumerate(rows):
            _add(model, code, order, name_th, name_en, guidance=guidance)


def _add(model, code, order, name_th, name_en, **rest):
    row, _made = model.objects.get_or_create(
        code=code, defaults={"order": order, "name_th": name_th, "name_en": name_en, **rest}
    )
    return row
