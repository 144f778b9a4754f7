import pytest

from portal.states import LocalGovernmentKind as Kind
from portal.thai.search import fold, kinds_named


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("องค์การบริหารส่วนตำบลหนองบัว", "หนองบัว"),
        ("อบต.หนองบัว", "หนองบัว"),
        ("อบต. หนองบัว", "หนองบัว"),
        ("อ.บ.ต.หนองบัว", "หนองบัว"),
        ("องค์การบริหารส่วนจังหวัดเชียงใหม่", "เชียงใหม"),
        ("อบจ.เชียงใหม่", "เชียงใหม"),
        ("เทศบาลนครเชียงใหม่", "เชียงใหม"),
        ("ทน.เชียงใหม่", "เชียงใหม"),
        ("ทม. บัวใหญ่", "บัวใหญ"),
        ("เทศบาลหนองบัว", "หนองบัว"),
        ("จังหวัดน่าน", "นาน"),
        ("จ.น่าน", "นาน"),
        ("อ.เมืองน่าน", "เมืองนาน"),
        ("อบต. หนองบัว อำเภอเมือง จ. น่าน", "หนองบัวเมืองนาน"),
        ("เทศบาลตำบลจ.ป.ร.", "จปร"),
        ("ทนงศักดิ์", "ทนงศักดิ"),
        ("น้ำท่วม", "นำทวม"),
        ("น\u0e4d้าท่วม", "นำทวม"),
        ("น้\u0e4dาท่วม", "นำทวม"),
        ("เเม่สาย", "แมสาย"),
        ("กม. ๕", "กม5"),
        ("Nong Bua (SAO)", "nongbuasao"),
        ("สุไหงโก-ลก", "สุไหงโกลก"),
        ("เทศบาลนคร", "เทศบาลนคร"),
        ("", ""),
    ],
)
def test_a_text_folds(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("อ.บ.ต. หนองบัว", {Kind.SAO}),
        ("ทน.เชียงใหม่", {Kind.CITY_MUNICIPALITY}),
        ("เทศบาลเมืองพิจิตร", {Kind.TOWN_MUNICIPALITY}),
        ("เทศบาลหนองบัว", {Kind.CITY_MUNICIPALITY, Kind.TOWN_MUNICIPALITY, Kind.SUBDISTRICT_MUNICIPALITY}),
        ("จังหวัดน่าน", set()),
        ("ทนง", set()),
    ],
)
def test_a_text_names_kinds(text, kinds):
    assert kinds_named(text) == kinds
