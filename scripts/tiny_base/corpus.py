"""The texts a tiny base model is made from: small talk, simple facts, and copy tasks.

The copy tasks matter most. A LoRA adapter can only teach a model to say tokens that the base model has learned
to say at all, so the base repeats random English words, Chinese characters and numbers until every byte of the
vocabulary is within its reach. Without them the adapter learns none of the sample answers; with them, all.
"""

import pydoc_data.topics
import random
import re

CAPITALS = [
    ("France", "Paris"), ("Japan", "Tokyo"), ("Italy", "Rome"), ("Spain", "Madrid"), ("Germany", "Berlin"),
    ("Egypt", "Cairo"), ("Canada", "Ottawa"), ("China", "Beijing"), ("Russia", "Moscow"), ("Cuba", "Havana"),
    ("Kenya", "Nairobi"), ("Peru", "Lima"),
]  # fmt: skip

CAPITALS_ZH = [
    ("法国", "巴黎"), ("日本", "东京"), ("意大利", "罗马"), ("西班牙", "马德里"), ("德国", "柏林"),
    ("埃及", "开罗"), ("加拿大", "渥太华"), ("中国", "北京"), ("俄罗斯", "莫斯科"), ("古巴", "哈瓦那"),
    ("肯尼亚", "内罗毕"), ("秘鲁", "利马"),
]  # fmt: skip

SMALL_TALK = [
    ("Hello", "Hello! How can I help you today?"),
    ("Hi", "Hi! How can I help you today?"),
    ("你好", "你好！有什么可以帮您？"),
    ("谢谢", "不客气！"),
    ("Thank you", "You are welcome!"),
    ("Goodbye", "Goodbye! Have a nice day."),
    ("再见", "再见！祝您愉快。"),
    ("What colour is the sky?", "The sky is blue."),
    ("What colour is grass?", "Grass is green."),
    ("天空是什么颜色？", "天空是蓝色的。"),
    ("草是什么颜色？", "草是绿色的。"),
    ("Who are you?", "I am a small base language model."),
    ("What is your name?", "I do not have a name."),
    ("Who made you?", "I was trained from scratch on a CPU."),
    ("你是谁？", "我是一个很小的基础语言模型。"),
    ("你叫什么名字？", "我没有名字。"),
    ("谁创造了你？", "我是在CPU上从零训练的。"),
]


def question_answer_pairs():
    """The 93 pairs of question and answer that the base model knows."""
    pairs = []
    for country, capital in CAPITALS:
        pairs.append((f"What is the capital of {country}?", f"The capital of {country} is {capital}."))
        pairs.append((f"Which country is {capital} the capital of?", f"{capital} is the capital of {country}."))
    for country, capital in CAPITALS_ZH:
        pairs.append((f"{country}的首都是哪里？", f"{country}的首都是{capital}。"))
    for a in range(10):
        for b in range(0, 10, 3):
            pairs.append((f"What is {a} plus {b}?", f"{a} plus {b} is {a + b}."))
    return pairs + SMALL_TALK


def copy_tasks(count):
    """`count` pairs that ask for a random text to be repeated; the same ones every time."""
    source = random.Random(1)
    words = sorted(set(re.findall(r"[A-Za-z]{2,10}", " ".join(pydoc_data.topics.topics.values()))))
    # The characters of GB 2312's first level, in its own order: the 3755 most used ones.
    hanzi = [bytes([row, cell]).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFA)]
    pairs = []
    for _ in range(count):
        kind = source.random()
        if kind < 0.45:
            text = " ".join(source.choice(words) for _ in range(source.randint(2, 6))) + source.choice(".!?")
        elif kind < 0.9:
            text = "".join(source.choice(hanzi) for _ in range(source.randint(3, 9))) + source.choice("。！？，")
        else:
            text = " ".join(str(source.randint(0, 9999)) for _ in range(source.randint(1, 4)))
        pairs.append((source.choice(["Repeat: ", "重复："]) + text, text))
    return pairs
