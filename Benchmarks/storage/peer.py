"""boto3 with its own settings, which most tools that carry models to S3 use: one file up, or down. Prints what it cost.

Usage: peer.py up|down ENDPOINT KEY FILE, with the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""

import json
import resource
import sys
import time

import boto3


def main():
    way, endpoint, key, path = sys.argv[1:]
    store = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    store.list_objects_v2(Bucket="luthier", MaxKeys=1)  # what the first request costs is not the file's
    before, began, used = peak(), time.monotonic(), processor()
    if way == "up":
        store.upload_file(path, "luthier", key)
    else:
        store.download_file("luthier", key, path)
    print(json.dumps({"took": time.monotonic() - began, "processor": processor() - used, "growth": peak() - before}))


def peak():
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def processor():
    """Seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
