"""S3: buckets and artifacts, read whole and in part. The artifacts are opened by Python's own zipfile."""

import io
import zipfile

SERVICE = "s3"
OPERATIONS = [
    "GetBucketLocation",
    "HeadBucket",
    "ListObjectsV2",
    "HeadObject",
    "GetObject",
]
# Artifacts opened in each bucket, and the largest that is.
OPENED = 8
LARGEST_OPENED = 4_000_000


def buckets(place):
    """The buckets that the pipelines of a place name."""
    names, _ = place.pages("codepipeline", "ListPipelines", "pipelines")
    found = []
    for name in names:
        declared = place.call("codepipeline", "GetPipeline", name=name["name"])["pipeline"]
        stores = list(declared.get("artifactStores", {}).values()) or [declared["artifactStore"]]
        found += [store["location"] for store in stores]
    return sorted(set(found))


def read(place):
    """Everything that can be read in a place. Answers buckets and keys."""
    found = []
    for bucket in buckets(place):
        if place.region not in bucket:
            continue
        place.call(SERVICE, "HeadBucket", Bucket=bucket)
        place.call(SERVICE, "GetBucketLocation", Bucket=bucket)
        objects = listed(place, bucket)
        for entry in objects[:OPENED]:
            open_one(place, bucket, entry)
        found += [(bucket, entry["Key"]) for entry in objects]
        actions(place, bucket, {entry["Key"] for entry in objects})
    return found


def listed(place, bucket):
    """The objects, by every way of listing them."""
    page = lambda **members: place.pages(
        SERVICE, "ListObjectsV2", "Contents", token="NextContinuationToken", Bucket=bucket, **members
    )
    everything = lambda: page()[0]
    keys = lambda objects: [entry["Key"] for entry in objects]
    objects = everything()
    place.record.check(keys(objects) == sorted(keys(objects)), f"{bucket}: the keys are not in order")
    place.record.steady(
        lambda: keys(in_pages(place, bucket)) == keys(everything()), f"{bucket}: pages of seven list others"
    )
    if objects:
        folder = objects[0]["Key"].partition("/")[0] + "/"
        inner, _ = page(Prefix=folder)
        place.record.check(inner and all(key.startswith(folder) for key in keys(inner)), f"{bucket}: Prefix")
        top = place.call(SERVICE, "ListObjectsV2", Bucket=bucket, Delimiter="/")
        prefixes = [one["Prefix"] for one in top["CommonPrefixes"]]
        place.record.check(folder in prefixes and not top.get("Contents"), f"{bucket}: Delimiter")
        after, _ = page(StartAfter=objects[0]["Key"])
        place.record.check(objects[0]["Key"] not in keys(after), f"{bucket}: StartAfter")
    return objects


def in_pages(place, bucket):
    """S3 takes the token under another name than it gives it."""
    found, members = [], {"Bucket": bucket, "MaxKeys": 7}
    while True:
        answer = place.call(SERVICE, "ListObjectsV2", **members)
        found += answer.get("Contents", [])
        if not answer.get("IsTruncated"):
            return found
        members["ContinuationToken"] = answer["NextContinuationToken"]


def open_one(place, bucket, entry):
    """One artifact: its head, its bytes, a part of them, its files."""
    check = place.record.check
    key = entry["Key"]
    head = place.call(SERVICE, "HeadObject", Bucket=bucket, Key=key)
    check(head["ContentLength"] == entry["Size"], f"{key}: HeadObject and the list tell two sizes")
    check(head["ETag"] == entry["ETag"], f"{key}: two ETags")
    check(head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"], f"{key}: is not encrypted")
    if entry["Size"] > LARGEST_OPENED:
        return
    whole = body(place, Bucket=bucket, Key=key, IfMatch=head["ETag"], VersionId=head["VersionId"])
    check(len(whole) == entry["Size"], f"{key}: has {len(whole)} bytes, not {entry['Size']}")
    part = body(place, Bucket=bucket, Key=key, Range="bytes=10-29")
    check(part == whole[10:30], f"{key}: the range is another part")
    check(body(place, Bucket=bucket, Key=key) == whole, f"{key}: is another one the second time")
    if head["ContentType"] != "application/zip":
        return
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        check(archive.testzip() is None, f"{key}: a file in it is broken")
        names = archive.namelist()
        check(names and len(names) == len(set(names)), f"{key}: has {names}")


def body(place, **members):
    """The bytes of an object."""
    answer = place.call(SERVICE, "GetObject", **members)
    return answer["Body"].read() if "Body" in answer else b""


def actions(place, bucket, keys):
    """What CodePipeline says lies in the bucket does, and a source is unlike the one before."""
    names, _ = place.pages("codepipeline", "ListPipelines", "pipelines")
    named = 0
    for name in names[:6]:
        rows, _ = place.pages(
            "codepipeline", "ListActionExecutions", "actionExecutionDetails", pipelineName=name["name"]
        )
        for row in rows[:40]:
            if row["status"] != "Succeeded":
                continue
            for artifact in row["output"].get("outputArtifacts", []):
                where = artifact["s3location"]
                if where["bucket"] == bucket and where["key"] not in keys:
                    # It may have been made since the list was read, or have expired before.
                    gone = place.client(SERVICE).list_objects_v2(Bucket=bucket, Prefix=where["key"])
                    place.record.check(
                        gone["KeyCount"] == 1 or row["lastUpdateTime"].timestamp() < place.now() - 29 * 86_400,
                        f"{where['key']} is named and not there",
                    )
                named += 1
    place.record.check(named or not keys, f"{bucket}: no action names an artifact")


def refuse(place, found):
    """What must be refused, and how."""
    bucket, key = found[0]
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    refused("GetObject", "NoSuchKey", Bucket=bucket, Key="no/such/key")
    refused("GetObject", "NoSuchBucket", Bucket="no-such-bucket-here", Key=key)
    refused("GetObject", "InvalidRange", Bucket=bucket, Key=key, Range="bytes=999999999-")
    refused("GetObject", "PreconditionFailed", Bucket=bucket, Key=key, IfMatch='"0"')
    refused("GetObject", "304", Bucket=bucket, Key=key, IfNoneMatch="*")
    refused("GetObject", "InvalidArgument", Bucket=bucket, Key=key, VersionId="x")
    refused("GetObject", "NoSuchVersion", Bucket=bucket, Key=key, VersionId="0" * 32)
    refused("HeadObject", "404", Bucket=bucket, Key="no/such/key")
    refused("HeadBucket", "404", Bucket="no-such-bucket-here")
    refused("GetBucketLocation", "NoSuchBucket", Bucket="no-such-bucket-here")
    refused("ListObjectsV2", "NoSuchBucket", Bucket="no-such-bucket-here")
    refused("ListObjectsV2", "InvalidArgument", Bucket=bucket, MaxKeys=-1)
    refused("ListObjectsV2", "InvalidArgument", Bucket=bucket, ContinuationToken="bm9wZQ==")


def refuse_strangers(stranger, found):
    """Another account's bucket."""
    bucket, key = found[0]
    stranger.refused(SERVICE, "GetObject", "AccessDenied", Bucket=bucket, Key=key)
    stranger.refused(SERVICE, "HeadObject", "403", Bucket=bucket, Key=key)
    stranger.refused(SERVICE, "ListObjectsV2", "AccessDenied", Bucket=bucket)


def redirect(record, elsewhere, found):
    """A client of the wrong region is told the right one, and botocore follows."""
    bucket, key = found[0]
    head = elsewhere.client(SERVICE).head_object(Bucket=bucket, Key=key)
    record.check(head["ContentLength"] > 0, "the redirection to another region leads nowhere")
