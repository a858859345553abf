"""A million messages, in English and in Chinese, straight into a database that the server itself has made."""

import json
import random
import sqlite3

EACH = 20
STEP = 60_000


class Language:
    """Sentences of words that are as unevenly used as a language's."""

    def __init__(self, words, blank, length, chance):
        weights = [1 / (rank + 8) for rank in range(len(words))]
        self.sentences = [blank.join(chance.choices(words, weights, k=length)) for _ in range(20_000)]
        self.tokens = [tokens(sentence) for sentence in self.sentences]


def tokens(text):
    """As the server's SearchText has it, for what is written here."""
    found, word = [], ""
    for character in text.lower():
        if 0x4E00 <= ord(character) <= 0x9FFF:
            if word:
                found.append("w" + word)
            found.append("u%x" % ord(character))
            word = ""
        elif character.isalnum():
            word += character
        elif word:
            found.append("w" + word)
            word = ""
    if word:
        found.append("w" + word)
    return " ".join(found)


def languages(chance):
    syllables = [first + second for first in "bdfgklmnprstv" for second in ("a", "e", "i", "o", "u", "an", "er")]
    words = sorted({"".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(12_000)})
    chance.shuffle(words)
    characters = [chr(0x4E00 + number) for number in chance.sample(range(6000), 2500)]
    return Language(words, " ", 11, chance), Language(characters, "", 22, chance)


def fill(path, peer, owners, now):
    """Conversations of each owner, `owners` as (identifier, count); the same texts go to the peer's file."""
    chance = random.Random(7)
    english, chinese = languages(chance)
    database, other = sqlite3.connect(path), sqlite3.connect(peer)
    database.executescript("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")
    (first,) = database.execute("SELECT COALESCE(MAX(number), 0) FROM messages").fetchone()
    number = first
    for owner, count in owners:
        word = "o" + owner.replace("-", "")
        for index in range(count):
            at = now - (count - index) * STEP
            identifier, parent, rows, words, told = name(chance), None, [], [], []
            for place in range(EACH):
                language = english if (index + place // 2) % 2 else chinese
                picks = chance.choices(range(len(language.sentences)), k=2 if place % 2 == 0 else 4)
                text = ". ".join(language.sentences[pick] for pick in picks)
                number += 1
                message = name(chance)
                role = "assistant" if place % 2 else "user"
                rows.append((number, message, identifier, parent, role, text, "complete", at + place))
                words.append((number, word, " ".join(language.tokens[pick] for pick in picks)))
                told.append({"id": message, "parentId": parent, "role": role, "content": text, "timestamp": at})
                parent = message
            title = told[0]["content"][:40]
            database.execute(
                "INSERT INTO conversations (id, user_id, title, tip_id, message_count, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)", (identifier, owner, title, parent, EACH, at, at + EACH))
            database.executemany(
                "INSERT INTO messages (number, id, conversation_id, parent_id, role, content, state, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            database.executemany("INSERT INTO message_search (rowid, owner, words) VALUES (?, ?, ?)", words)
            other.execute(
                "INSERT INTO chat VALUES (?, ?, ?, ?, ?, ?, 0, 0)",
                (identifier, owner, title, json.dumps({"title": title, "messages": told}), at, at))
    database.commit()
    other.commit()
    database.close()
    other.close()
    return english, chinese


def name(chance):
    """An identifier like the server's."""
    digits = "%032x" % chance.getrandbits(128)
    return "-".join((digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]))
