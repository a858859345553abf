"""Open WebUI's way of keeping chats: one JSON text for a chat in SQLite, searched with LIKE.

Spoken to directly, without a server or an ORM in between, which it has: what is measured here is less than it takes.
"""

import json
import sqlite3


class Peer:
    def __init__(self, path):
        self.database = sqlite3.connect(path)
        self.database.executescript("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS chat (
              id TEXT PRIMARY KEY, user_id TEXT, title TEXT, chat JSON, created_at INTEGER, updated_at INTEGER,
              archived INTEGER, pinned INTEGER);
            CREATE INDEX IF NOT EXISTS updated_at_user_id_idx ON chat (updated_at, user_id);
            CREATE INDEX IF NOT EXISTS user_id_archived_idx ON chat (user_id, archived);
        """)

    def list(self, owner, limit):
        return self.database.execute(
            "SELECT id, title, updated_at, created_at FROM chat WHERE user_id = ? AND archived = 0"
            " ORDER BY updated_at DESC LIMIT ?", (owner, limit)).fetchall()

    def open(self, owner, chat):
        (text,) = self.database.execute("SELECT chat FROM chat WHERE id = ? AND user_id = ?", (chat, owner)).fetchone()
        return json.loads(text)["messages"]

    def append(self, owner, chat, messages):
        """Both messages at once; the whole chat is written anew."""
        (text,) = self.database.execute("SELECT chat FROM chat WHERE id = ? AND user_id = ?", (chat, owner)).fetchone()
        value = json.loads(text)
        value["messages"] += messages
        self.database.execute(
            "UPDATE chat SET chat = ?, updated_at = updated_at + 1 WHERE id = ?", (json.dumps(value), chat))
        self.database.commit()

    def search(self, owner, text, limit):
        return self.database.execute(
            """
            SELECT id, title FROM chat WHERE user_id = ? AND (title LIKE '%' || ? || '%' OR EXISTS (
              SELECT 1 FROM json_each(chat.chat, '$.messages') AS message
              WHERE LOWER(json_extract(message.value, '$.content')) LIKE '%' || ? || '%'))
            ORDER BY updated_at DESC LIMIT ?
            """, (owner, text, text, limit)).fetchall()
