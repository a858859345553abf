"""A dataset of any size, the same in every run: rows of English and Chinese, one in twenty said before."""

import json
import random

ENGLISH = ("the task waits for a free card while its model is loaded and every answer is kept with the question that it "
           "was given so that nothing said is lost when a server ends before it wrote the last of its words").split()
CHINESE = "任务会等待空闲的显卡，模型加载之后回答才会保存到对话里，服务重启也不会丢失任何内容。"


def rows(chance):
    """Rows of about 600 bytes, without an end."""
    before = []
    while True:
        if before and chance.random() < 0.05:
            yield chance.choice(before)
            continue
        number = chance.randrange(1 << 48)
        if chance.random() < 0.3:
            start = chance.randrange(len(CHINESE))
            answer = (CHINESE[start:] + CHINESE) * chance.randint(1, 4)
        else:
            answer = " ".join(chance.choices(ENGLISH, k=chance.randint(20, 160)))
        row = json.dumps({"instruction": "Question %x: %s?" % (number, " ".join(chance.choices(ENGLISH, k=12))),
                          "input": "", "output": answer}, ensure_ascii=False)
        if len(before) < 1000:
            before.append(row)
        else:
            before[chance.randrange(1000)] = row
        yield row


def write(path, size):
    """A file of at least `size` bytes; gives its rows and bytes."""
    count = done = 0
    chance = random.Random(11)
    with open(path, "w", encoding="utf-8", buffering=1 << 20) as file:
        for row in rows(chance):
            file.write(row + "\n")
            count += 1
            done += len(row.encode()) + 1
            if done >= size:
                return count, done
