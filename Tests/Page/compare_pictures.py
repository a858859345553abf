"""Pictures kept without loss, many in a file, and compared point by point.

A file holds pictures of one person, theme, language and size: a line of JSON (their names and sizes, and the colours of all), then
for each point which colour it has. What is alike in them, such as the navigation, is packed once.
"""

import base64
import json
import lzma
import os
import struct
import subprocess
import zlib

#: A channel of a point may differ by this much, of 255: two processors do not round alike. A point beyond it is a difference.
THRESHOLD = 2
#: What draws a page. Another version of one of them draws other points.
PACKAGES = ["chromium", "fonts-noto-cjk", "fonts-inter-variable", "fonts-dejavu-core", "libfreetype6", "fontconfig"]

READ = """async (data) => {
  const image = await createImageBitmap(await (await fetch(data)).blob());
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data: points } = context.getImageData(0, 0, image.width, image.height);
  const url = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(new Blob([points]));
  });
  return [image.width, image.height, url.slice(url.indexOf(",") + 1)];
}"""


def versions():
    """Which packages draw the pictures, by name; those that are not installed are left out."""
    listed = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Version}\n", *PACKAGES], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return dict(line.split(" ", 1) for line in listed.splitlines() if " " in line)


class Reader:
    """Reads pictures with a page of a browser, which knows how to."""

    def __init__(self, browser):
        self.page = browser.new_page()
        self.page.goto("about:blank")

    def read(self, png):
        """Width, height, and four bytes for each point: red, green, blue, and one that says nothing."""
        width, height, points = self.page.evaluate(READ, "data:image/png;base64," + base64.b64encode(png).decode())
        return width, height, base64.b64decode(points)


def pack(pictures):
    """Pictures by name, each as `Reader.read` gives it, as the bytes of a file."""
    colours, heads, planes = {}, [], []
    for name, (width, height, points) in pictures.items():
        numbers = [colours.setdefault(each, len(colours)) for (each,) in struct.iter_unpack("4s", points)]
        assert len(colours) < 65_536
        heads.append([name, width, height])
        planes.append(bytes(number >> 8 for number in numbers) + bytes(number & 255 for number in numbers))
    head = {"pictures": heads, "colours": b"".join(colours).hex()}
    return lzma.compress(json.dumps(head).encode() + b"\n" + b"".join(planes), preset=6)


def unpack(data):
    """What `pack` was given."""
    head, _, planes = lzma.decompress(data).partition(b"\n")
    head = json.loads(head)
    colours = [bytes(each) for (each,) in struct.iter_unpack("4s", bytes.fromhex(head["colours"]))]
    pictures, at = {}, 0
    for name, width, height in head["pictures"]:
        size = width * height
        high, low = planes[at:at + size], planes[at + size:at + 2 * size]
        pictures[name] = (width, height, b"".join([colours[a << 8 | b] for a, b in zip(high, low)]))
        at += 2 * size
    return pictures


def difference(before, after):
    """In words, what differs; nothing where no point does."""
    if before == after:
        return None
    (width, height, was), (now_width, now_height, now) = before, after
    if (width, height) != (now_width, now_height):
        return "%d x %d points, now %d x %d" % (width, height, now_width, now_height)
    stride, found = width * 4, []
    for top in range(height):
        old, new = was[top * stride:(top + 1) * stride], now[top * stride:(top + 1) * stride]
        if old != new:
            found += [(at // 4, top) for at in range(0, stride, 4)
                      if any(abs(old[at + each] - new[at + each]) > THRESHOLD for each in range(3))]
    if not found:
        return None
    columns, rows = [x for x, _ in found], [y for _, y in found]
    return "%d points, from %d, %d to %d, %d" % (len(found), min(columns), min(rows), max(columns), max(rows))


def png_of(picture):
    """A picture for people to look at."""
    width, height, points = picture
    lines = b"".join(b"\0" + points[top * width * 4:(top + 1) * width * 4] for top in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b""))


def keep(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
