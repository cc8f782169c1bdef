"""STS, and the signature that every service checks."""

import datetime

SERVICE = "sts"
OPERATIONS = ["GetCallerIdentity", "AssumeRole"]
FORM = "application/x-www-form-urlencoded; charset=utf-8"
CALL = "Action=GetCallerIdentity&Version=2011-06-15"


def read(place):
    """Who signs. Answers the account's number."""
    identity = place.call(SERVICE, "GetCallerIdentity")
    place.record.check(identity["Arn"].split(":")[4] == identity["Account"], "Arn and Account disagree")
    return identity["Account"]


def assume(place, account, session_of):
    """A session of a role in an account, used once."""
    answer = place.call(
        SERVICE,
        "AssumeRole",
        RoleArn=f"arn:aws:iam::{account}:role/Deployer",
        RoleSessionName="conformance",
        DurationSeconds=900,
    )
    keys = answer["Credentials"]
    session = session_of((keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]))
    identity = session.call(SERVICE, "GetCallerIdentity")
    place.record.check(identity["Account"] == account, "a session is of another account")
    place.record.check(
        identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/Deployer/conformance",
        f"a session is {identity['Arn']}",
    )
    session.call("codepipeline", "ListPipelines")
    wrong = session_of((keys["AccessKeyId"], keys["SecretAccessKey"], "wrong"))
    wrong.refused(SERVICE, "GetCallerIdentity", {"InvalidClientTokenId", "ExpiredToken"})


def refuse(place):
    """Wrong members, and wrong signatures in both protocols."""
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    refused("AssumeRole", "ValidationError", RoleSessionName="x")
    refused("AssumeRole", "ValidationError", RoleArn="arn:aws:iam::111122223333:role/x")
    refused(
        "AssumeRole",
        "ValidationError",
        RoleArn="arn:aws:iam::111122223333:role/x",
        RoleSessionName="x y",
    )
    place.raw_refused(
        SERVICE, "DeleteEverything", "InvalidAction", "Action=DeleteEverything&Version=2011-06-15", content_type=FORM
    )
    query = {"content_type": FORM}
    plain = {"target": "CodePipeline_20150709.ListPipelines"}
    mismatch = {"SignatureDoesNotMatch", "InvalidSignatureException"}
    unknown = {"InvalidClientTokenId", "UnrecognizedClientException"}
    late = {*mismatch, "RequestExpired", "RequestTimeTooSkewed"}
    unsigned = {"MissingAuthenticationToken", "MissingAuthenticationTokenException"}
    old = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)).strftime("%Y%m%dT%H%M%SZ")
    for service, operation, body, how in (
        (SERVICE, "GetCallerIdentity", CALL, query),
        ("codepipeline", "ListPipelines", "{}", plain),
    ):
        place.raw_refused(service, operation, unknown, body, key="AKIAUNKNOWNUNKNOWN00", **how)
        place.raw_refused(service, operation, mismatch, body, secret="wrong", **how)
        place.raw_refused(service, operation, late, body, headers={"X-Amz-Date": old}, **how)
        place.raw_refused(service, operation, unsigned, body, headers={"Authorization": None}, **how)
