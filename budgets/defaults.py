"""What a new round begins with: the default rubric, checklist, expense heads and routes. All of it can be changed."""


def _anchors(max_score, low, middle, high):
    return [
        {"score": 0, "text_th": low[0], "text_en": low[1]},
        {"score": max_score // 2, "text_th": middle[0], "text_en": middle[1]},
        {"score": max_score, "text_th": high[0], "text_en": high[1]},
    ]


CRITERIA = [
    {
        "name_th": "ความสอดคล้องกับประเด็นสำคัญประจำปีและความต้องการของพื้นที่",
        "name_en": "Fit with the year's theme and local need",
        "max_score": 20,
        "anchors": _anchors(
            20,
            ("ไม่ตรงประเด็น ไม่มีข้อมูลปัญหา", "Off the theme, no evidence of the problem"),
            ("ตรงประเด็น มีข้อมูลปัญหาบางส่วน", "On the theme, some evidence of the problem"),
            ("ตรงประเด็น มีข้อมูลปัญหาย้อนหลังและเสียงของประชาชน", "On the theme, with past data and residents' voices"),
        ),
    },
    {
        "name_th": "ความสอดคล้องกับแผนเมืองอัจฉริยะ",
        "name_en": "Fit with the smart-city plan",
        "max_score": 15,
        "anchors": _anchors(
            15,
            ("ไม่เชื่อมโยงกับแผนใด", "Linked to no plan"),
            ("เชื่อมโยงกับแผนพัฒนาท้องถิ่น", "Linked to the local development plan"),
            ("เชื่อมโยงแผนพัฒนาท้องถิ่นและแผนเมืองอัจฉริยะครบทั้งห้าองค์ประกอบ", "Linked to both plans and all five criteria"),
        ),
    },
    {
        "name_th": "คุณภาพของตัวชี้วัด",
        "name_en": "Quality of the indicators",
        "max_score": 15,
        "anchors": _anchors(
            15,
            ("ไม่มีค่าฐานหรือวัดไม่ได้", "No baseline, or not measurable"),
            ("วัดได้ มีค่าฐานและเป้าหมาย", "Measurable, with baseline and target"),
            (
                "วัดผลลัพธ์ต่อประชาชน มีค่าฐาน วันที่วัด และแหล่งข้อมูล",
                "Measures outcomes for people, with dated baselines and sources",
            ),
        ),
    },
    {
        "name_th": "ความเหมาะสมทางเทคนิค การเชื่อมโยงข้อมูล ความมั่นคงปลอดภัย และข้อมูลส่วนบุคคล",
        "name_en": "Technical soundness, interoperability, security and personal data",
        "max_score": 20,
        "anchors": _anchors(
            20,
            ("ไม่อธิบายวิธีการ หรือมีความเสี่ยงที่ไม่ดูแล", "Method not explained, or risks left open"),
            ("อธิบายวิธีการได้ มีมาตรการพื้นฐาน", "Method explained, basic safeguards"),
            (
                "ออกแบบดี เชื่อมโยงแพลตฟอร์มข้อมูลเมือง มีมาตรการครบ",
                "Well designed, joins the city data platform, full safeguards",
            ),
        ),
    },
    {
        "name_th": "ความคุ้มค่าและหลักฐานราคา",
        "name_en": "Value for money and price evidence",
        "max_score": 15,
        "anchors": _anchors(
            15,
            ("ราคาไม่มีหลักฐาน", "Prices without evidence"),
            ("มีหลักฐานราคาครบ ปริมาณพอสมควร", "Prices evidenced, quantities fair"),
            ("มีหลักฐานราคาครบ เปรียบเทียบทางเลือก ประหยัดกว่า", "Prices evidenced, options compared, the thriftier taken"),
        ),
    },
    {
        "name_th": "ความพร้อมและความยั่งยืนของการดูแลรักษา",
        "name_en": "Readiness and sustainable upkeep",
        "max_score": 15,
        "anchors": _anchors(
            15,
            ("ยังไม่มีสถานที่ บุคลากร หรือเงินดูแล", "No site, people or upkeep money yet"),
            ("พร้อมบางส่วน มีแผนดูแล", "Partly ready, upkeep planned"),
            ("พร้อมเริ่มทันที มีงบดูแลในข้อบัญญัติ", "Ready to start, upkeep in the local budget"),
        ),
    },
]

CATEGORIES = [
    ("personnel", None, "งบบุคลากร", "Personnel"),
    ("operations", None, "งบดำเนินงาน", "Operations"),
    ("operations.remuneration", "operations", "ค่าตอบแทน", "Remuneration"),
    ("operations.services", "operations", "ค่าใช้สอย", "Services"),
    ("operations.supplies", "operations", "ค่าวัสดุ", "Supplies"),
    ("operations.utilities", "operations", "ค่าสาธารณูปโภค", "Utilities"),
    ("investment", None, "งบลงทุน", "Investment"),
    ("investment.equipment", "investment", "ค่าครุภัณฑ์", "Equipment"),
    ("investment.construction", "investment", "ค่าที่ดินและสิ่งก่อสร้าง", "Land and construction"),
    ("subsidy", None, "งบเงินอุดหนุน", "Subsidies"),
    ("subsidy.general", "subsidy", "เงินอุดหนุนทั่วไป", "General grant"),
    ("subsidy.specific", "subsidy", "เงินอุดหนุนเฉพาะกิจ", "Specific grant"),
    ("other", None, "งบรายจ่ายอื่น", "Other expenditure"),
]

ROUTES = [
    ("pao", 2563, "direct_bb"),
    ("city_municipality", 2564, "direct_bb"),
    ("town_municipality", 2565, "direct_bb"),
    ("subdistrict_municipality", 2563, "via_dla"),
    ("sao", 2563, "via_dla"),
    ("bma", 2563, "bma"),
    ("pattaya", 2563, "pattaya"),
]

EDITIONS = [
    ("bb_standard", "บัญชีราคามาตรฐานครุภัณฑ์ สำนักงบประมาณ ฉบับธันวาคม 2568", "2025-12-01"),
    ("mdes_ict", "เกณฑ์ราคากลางและคุณลักษณะพื้นฐานครุภัณฑ์คอมพิวเตอร์ กระทรวงดิจิทัลฯ ฉบับเมษายน 2569", "2026-04-01"),
    ("mdes_cctv", "เกณฑ์ราคากลางระบบกล้องโทรทัศน์วงจรปิด กระทรวงดิจิทัลฯ ฉบับ พ.ศ. 2569", "2026-01-15"),
]

DOCUMENTS = [
    ("plan_page", "สำเนาหน้าแผนพัฒนาท้องถิ่นที่บรรจุโครงการ", "Page of the local development plan", "always"),
    ("tor", "ขอบเขตของงาน (TOR) หรือคุณลักษณะเฉพาะ", "Terms of reference or specification", "always"),
    ("quotations", "ใบเสนอราคา", "Quotations", "off_list"),
    ("dpia", "ผลการประเมินผลกระทบด้านข้อมูลส่วนบุคคล", "Data protection impact assessment", "personal_data"),
    ("map", "แผนที่หรือภาพถ่ายพื้นที่ดำเนินการ", "Map or photographs of the site", "optional"),
]
