"""The same three routes as FastAPI, SQLAlchemy and PyNaCl have them: what a team would write first."""

import json
import os
import time
from typing import Optional

import jwt
import nacl.pwhash
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, create_model
from sqlalchemy import BigInteger, Boolean, Column, Float, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

SECRET = "a secret of at least thirty-two bytes"
FOLDER = os.environ["PEER_FOLDER"]
with open(os.path.join(FOLDER, "tasks.json")) as file:
    SAMPLE = json.load(file)

KINDS = {bool: Boolean, int: BigInteger, float: Float, str: String}


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    name = Column(String, primary_key=True)
    password = Column(String)


def kinds():
    """The type of each column, from the answer that both give."""
    found = {}
    for task in SAMPLE:
        for name, value in task.items():
            if type(value) in KINDS:
                found[name] = type(value)
    return found


Task = type("Task", (Base,), dict(
    {"__tablename__": "tasks", "number": Column(BigInteger, primary_key=True), "owner": Column(String, index=True)},
    **{name: Column(KINDS[kind]) for name, kind in kinds().items()}))
TaskReply = create_model("TaskReply", **{name: (Optional[kind], None) for name, kind in kinds().items()})


class TaskList(BaseModel):
    tasks: list[TaskReply]
    total: int


class Login(BaseModel):
    username_or_email: str
    password: str


# One for each client: with the standard 15 and more clients its threads wait for each other's connections, without an end.
engine = create_engine("sqlite:///" + os.path.join(FOLDER, "peer.db"), pool_size=64, max_overflow=64)
sessions = sessionmaker(engine)
app = FastAPI()


def fill():
    Base.metadata.create_all(engine)
    with sessions() as session:
        session.add(User(name="ada", password=nacl.pwhash.argon2id.str(
            b"correct horse", nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE).decode()))
        for number, task in enumerate(SAMPLE):
            session.add(Task(number=number, owner="ada", **{name: task.get(name) for name in kinds()}))
        session.commit()


def database():
    with sessions() as session:
        yield session


def user(authorization: str = Header(), session: Session = Depends(database)):
    try:
        name = jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    found = session.get(User, name)
    if not found:
        raise HTTPException(401)
    return found


@app.get("/api/health")
async def health():
    return {"status": "ok", "version": "1", "uptime_seconds": 1}


@app.post("/api/auth/login")
def login(body: Login, session: Session = Depends(database)):
    found = session.get(User, body.username_or_email)
    try:
        nacl.pwhash.verify(found.password.encode(), body.password.encode())
    except Exception:
        raise HTTPException(401) from None
    return {"access_token": jwt.encode({"sub": found.name, "exp": time.time() + 86400}, SECRET), "token_type": "bearer"}


@app.get("/api/tasks", response_model=TaskList)
def tasks(me: User = Depends(user), session: Session = Depends(database)):
    rows = session.scalars(select(Task).where(Task.owner == me.name).order_by(Task.number.desc()).limit(50)).all()
    return TaskList(tasks=[TaskReply.model_validate(row, from_attributes=True) for row in rows], total=len(rows))


if __name__ == "__main__":
    fill()
