"""Units of what is sold, as people type them in Thai, in the language of the reader."""

from portal.thai.dates import is_thai

ENGLISH = {
    "ปี": "year",
    "เดือน": "month",
    "วัน": "day",
    "ชั่วโมง": "hour",
    "ครั้ง": "time",
    "ชุด": "set",
    "ระบบ": "system",
    "โครงการ": "project",
    "งาน": "job",
    "รายการ": "item",
    "เครื่อง": "device",
    "ตัว": "piece",
    "ชิ้น": "piece",
    "จุด": "point",
    "แห่ง": "site",
    "สิทธิ": "licence",
    "สิทธิ์": "licence",
    "คน": "person",
    "ราย": "person",
    "ผู้ใช้": "user",
    "บัญชี": "account",
}


def unit_name(typed, language=None):
    """`typed`, a unit such as “ปี”, “ต่อปี” or “ผู้ใช้/เดือน”, in `language`; as typed where a word is not known."""
    if is_thai(language):
        return typed
    words = [ENGLISH.get(part.strip().removeprefix("ต่อ").strip()) for part in typed.split("/")]
    return " / ".join(words) if all(words) else typed
