"""Documents with known answers in English and Chinese, and a stand-in for an embedding model that knows their meanings.

A question asks for one passage in one of three ways: by its very words (a number that stands nowhere else), by other
words for the same (which only vectors can find), or by both. The stand-in gives each meaning one direction, and noise
to everything else: like a model it knows synonyms in two languages, and like a model it tells rare numbers not apart.
"""

import hashlib
import json
import random
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy

DIMENSIONS = 384
MEANINGS = [
    ("physician", "doctor", "医生", "大夫"), ("automobile", "car", "汽车", "轿车"), ("residence", "house", "住宅", "房子"),
    ("beverage", "drink", "饮料", "喝的"), ("infant", "baby", "婴儿", "宝宝"), ("attorney", "lawyer", "律师", "讼师"),
    ("footwear", "shoes", "鞋子", "鞋履"), ("vessel", "ship", "船舶", "轮船"), ("timber", "wood", "木材", "木头"),
    ("repair", "fix", "修理", "维修"), ("purchase", "buy", "购买", "采购"), ("storm", "tempest", "风暴", "暴风雨"),
    ("illness", "disease", "疾病", "病症"), ("garment", "clothes", "衣服", "服装"), ("song", "tune", "歌曲", "曲子"),
    ("error", "mistake", "错误", "失误"), ("road", "street", "道路", "街道"), ("price", "cost", "价格", "费用"),
    ("forest", "woods", "森林", "树林"), ("gift", "present", "礼物", "赠品"), ("meal", "dinner", "饭菜", "晚餐"),
    ("salary", "wage", "工资", "薪水"), ("teacher", "instructor", "老师", "教师"), ("film", "movie", "影片", "电影"),
]
FILLING = ("table chair window paper river stone light cloud green quiet little early north second between under around "
           "carry follow answer listen measure gather open close begin wait turn reach hold number letter page").split()
ZH_FILLING = "今天 我们 一些 地方 时候 可以 开始 以后 非常 因为 所以 如果 他们 已经 还是 问题 工作 生活".split()


def passages(count, seed=11):
    """(english, title, text, question, way) of `count` passages; a triple of meanings is one passage's alone."""
    dice = random.Random(seed)
    rows = []
    triples = set()
    while len(rows) < count:
        number = len(rows)
        triple = tuple(sorted(dice.sample(range(len(MEANINGS)), 3)))
        # More passages than triples: further ones are told apart by their number alone.
        is_own = triple not in triples
        triples.add(triple)
        english = number % 2 == 0
        said, other = (0, 1) if english else (2, 3)
        words = [MEANINGS[place][said] for place in triple]
        code = "%s-%05d" % (dice.choice(["KX", "RT", "QM"]), number)
        if english:
            filling = [dice.choice(FILLING) for _ in range(56)]
            for place, word in zip((9, 25, 41), words):
                filling[place] = word
            text = " ".join(filling) + " " + code + "."
        else:
            filling = [dice.choice(ZH_FILLING) for _ in range(44)]
            for place, word in zip((7, 19, 31), words):
                filling[place] = word
            text = "，".join("".join(filling[i:i + 6]) for i in range(0, len(filling), 6)) + code + "。"
        others = [MEANINGS[place][other] for place in triple]
        joined = " ".join(others) if english else "和".join(others)
        ways = {"words": code, "meaning": joined, "both": joined + " " + code}
        way = ("words", "meaning", "both")[number // 2 % 3] if is_own else "words"
        rows.append((english, "Part %d" % number, text, ways[way], way))
    return rows


def directions():
    made = {}
    for place, words in enumerate(MEANINGS):
        direction = numpy.random.default_rng(1000 + place).normal(0, 1, DIMENSIONS)
        for word in words:
            made[word] = direction
    return made


DIRECTIONS = directions()
PATTERN = re.compile("|".join(sorted(map(re.escape, DIRECTIONS), key=len, reverse=True)))


def vector(text):
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    # A little of its own for each text, so that no two are the same.
    total = numpy.random.default_rng(seed).uniform(-0.3, 0.3, DIMENSIONS)
    for word in sorted(set(PATTERN.findall(text))):
        total += DIRECTIONS[word]
    return total.round(4).tolist()


class Embedder:
    """Serves `vector` as /v1/embeddings on a free port."""

    def __init__(self):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: with Nagle the second one waits 40 ms for the first one's receipt.
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                rows = [{"index": place, "embedding": vector(text)} for place, text in enumerate(body["input"])]
                answer = json.dumps({"object": "list", "data": rows}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/v1" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
