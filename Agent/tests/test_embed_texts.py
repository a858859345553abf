"""Vectors of texts by a model's folder, with the tiny model that the trainer's tests have."""
import json
import math
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "embed_texts.py")
TRAINED = os.path.join(os.environ.get("LUTHIER_TRAINER") or os.path.join(HERE, "..", "..", ".trainer"), "bin", "python")
BASE = os.environ.get("LUTHIER_TINY_BASE") or os.path.join(HERE, "..", "..", ".test", "tiny-base")


def embed(path, texts, python=TRAINED):
    done = subprocess.run([python, SCRIPT], input=json.dumps({"path": path, "texts": texts}).encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["vector"] for line in lines[:-1]], lines[-1]


@pytest.mark.skipif(not os.access(TRAINED, os.X_OK) or not os.path.isdir(BASE), reason="no trainer, or no tiny base")
def test_a_text_has_the_same_vector_alone_and_among_others():
    texts = ["A host is added.", "你好", "word " * 400, "A host is added."]
    made, said = embed(BASE, texts)
    assert said == {"result": {"count": 4, "dimensions": 128}}
    for vector in made:
        assert abs(math.sqrt(sum(number * number for number in vector)) - 1) < 1e-3
    assert made[0] == made[3] and made[0] != made[1]
    alone, _ = embed(BASE, texts[:1])
    assert max(abs(left - right) for left, right in zip(alone[0], made[0])) < 1e-3


def test_what_is_no_model_is_told(tmp_path):
    python = TRAINED if os.access(TRAINED, os.X_OK) else "python3"
    made, said = embed(str(tmp_path), ["a"], python)
    assert made == [] and said["error"]["code"] in ("host_failed", "trainer_missing")
    assert said["error"]["message"] and said["error"]["hint"]
