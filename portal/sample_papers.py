"""Small real files for the demonstration: a letter in PDF, a picture in PNG."""

from io import BytesIO


def letter(lines):
    """A one-page PDF of these lines, which must be Latin text."""
    shown = "".join(f"({line}) Tj 0 -22 Td " for line in lines)
    content = f"BT /F1 14 Tf 72 760 Td {shown}ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return body + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def picture(number):
    """A small picture of a building site in flat colours; each number gives its own."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (480, 320), "#c3d7ef")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 220, 480, 320), fill="#8a7f6a")
    for place in range(5):
        height = 40 + (number * 37 + place * 53) % 130
        box = (30 + place * 88, 220 - height, 90 + place * 88, 220)
        draw.rectangle(box, fill="#4279bd", outline="#0f2d5c", width=3)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
