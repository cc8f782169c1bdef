"""What builds refer to: parameters of SSM, secrets of Secrets Manager, keys of KMS. No answer holds a value."""

SERVICES = {
    "ssm": ["DescribeParameters"],
    "secretsmanager": ["DescribeSecret"],
    "kms": ["DescribeKey"],
}
FORBIDDEN = {"Value", "SecretString", "SecretBinary"}


def read(place):
    """Everything that can be read in a place. Answers the names of the parameters."""
    parameters, _ = place.pages("ssm", "DescribeParameters", "Parameters", token="NextToken", MaxResults=1)
    names = [parameter["Name"] for parameter in parameters]
    check = place.record.check
    check(not any(FORBIDDEN & set(parameter) for parameter in parameters), "a parameter tells its value")
    if names:
        asked = [{"Key": "Name", "Option": "Equals", "Values": names[:2] + ["/no/such"]}]
        found = place.call("ssm", "DescribeParameters", ParameterFilters=asked)["Parameters"]
        check([one["Name"] for one in found] == names[:2], "a parameter is not found by its name")
    for service in ("s3", "ssm", "secretsmanager"):
        key = place.call("kms", "DescribeKey", KeyId=f"alias/aws/{service}")["KeyMetadata"]
        again = place.call("kms", "DescribeKey", KeyId=key["Arn"])["KeyMetadata"]
        check(key == again and key["KeyManager"] == "AWS", f"alias/aws/{service} is not the same by its ARN")
    return names


def told(place, projects):
    """The references of build projects, each there or missing, as its service says it."""
    for project in projects:
        for variable in project["environment"]["environmentVariables"]:
            if variable["type"] == "SECRETS_MANAGER":
                describe(place, "secretsmanager", "DescribeSecret", SecretId=variable["value"].split(":")[0])
        describe(place, "kms", "DescribeKey", KeyId=project["encryptionKey"])


def describe(place, service, operation, **members):
    """One thing that may be missing."""
    try:
        answer = place._method(service, operation)(**members)
        place.record.check(not FORBIDDEN & set(answer), f"{operation} tells a value")
    except place.client(service).exceptions.ClientError as fault:
        code = fault.response["Error"]["Code"]
        wanted = {"ResourceNotFoundException", "NotFoundException"}
        place.record.check(code in wanted, f"{operation} answered {code}: {members}")


def refuse(place):
    """What must be refused, and how."""
    refused = place.refused
    filters = lambda **given: [{"Key": "Name", "Option": "Equals", "Values": ["a"], **given}]
    refused("ssm", "DescribeParameters", "ValidationException", MaxResults=51)
    refused("ssm", "DescribeParameters", "InvalidNextToken", NextToken="bm9wZQ==")
    refused("ssm", "DescribeParameters", "InvalidFilterKey", ParameterFilters=filters(Key="Size"))
    refused("ssm", "DescribeParameters", "InvalidFilterOption", ParameterFilters=filters(Option="Like"))
    refused("ssm", "DescribeParameters", "InvalidFilterValue", ParameterFilters=filters(Values=[]))
    refused("secretsmanager", "DescribeSecret", "ResourceNotFoundException", SecretId="no/such")
    refused("secretsmanager", "DescribeSecret", "ValidationException")
    refused("kms", "DescribeKey", "NotFoundException", KeyId="alias/none")
    refused("kms", "DescribeKey", "InvalidArnException", KeyId="arn:aws:s3:::bucket")
    refused("kms", "DescribeKey", "ValidationException")
    # Values are out of reach: the simulated account has no operation that tells them.
    refused("ssm", "GetParameter", "UnknownOperationException", Name="a")
    refused("secretsmanager", "GetSecretValue", "UnknownOperationException", SecretId="a")
    refused("kms", "Decrypt", "UnknownOperationException", CiphertextBlob=b"a")
