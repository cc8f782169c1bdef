"""Holds a raw HTTP answer against botocore's model of the operation, as the strictest reader would.

Checked: no unknown member, no missing required one, no null, no value outside an enum, texts and numbers within
their bounds, times in the protocol's own form. An error must carry a code that the operation's model lists, or one
that every AWS service may send.
"""

import base64
import binascii
import datetime
import json
import re
import uuid
import xml.etree.ElementTree as ElementTree
from email.utils import parsedate_to_datetime

# What any operation of any service may answer, modelled or not.
COMMON_ERRORS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InternalFailure",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "InvalidSignatureException",
    "MissingAction",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SerializationException",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
}

# S3 models almost none of its errors.
S3_ERRORS = {
    "AccessDenied",
    "AuthorizationHeaderMalformed",
    "InvalidAccessKeyId",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidRange",
    "MethodNotAllowed",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "PermanentRedirect",
    "PreconditionFailed",
    "SignatureDoesNotMatch",
    "SlowDown",
}

# Only times of the simulated account's life make sense in an answer.
EARLIEST = datetime.datetime(2014, 1, 1, tzinfo=datetime.timezone.utc).timestamp()
LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc).timestamp()

ISO_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")


class Shapes:
    """Holds values of JSON against the shapes of a model, and keeps what breaches them."""

    def __init__(self):
        self.breaches = []

    def _breach(self, where, what):
        self.breaches.append(f"{where}: {what}")

    def _shape(self, value, shape, where):
        if shape is None:
            if value != {}:
                self._breach(where, "has members, but the operation answers nothing")
            return
        check = getattr(self, f"_{shape.type_name}", None)
        if check is None:
            self._breach(where, f"has the unexpected type {shape.type_name}")
        elif value is None:
            self._breach(where, "is null")
        else:
            check(value, shape, where)

    def _structure(self, value, shape, where):
        if not isinstance(value, dict):
            self._breach(where, f"is no structure: {value!r}")
            return
        names = {
            member.serialization.get("name", name): (name, member)
            for name, member in shape.members.items()
        }
        for name, part in value.items():
            if name not in names:
                self._breach(where, f"has the unknown member {name}")
            else:
                self._shape(part, names[name][1], f"{where}.{name}")
        present = {names[name][0] for name in value if name in names}
        for name in shape.required_members:
            if name not in present:
                self._breach(where, f"lacks the required {name}")

    def _list(self, value, shape, where):
        if not isinstance(value, list):
            self._breach(where, f"is no list: {value!r}")
            return
        # The least length is not checked: the services themselves answer empty lists where it is 1.
        if len(value) > shape.metadata.get("max", len(value)):
            self._breach(where, f"has {len(value)} elements")
        for index, part in enumerate(value):
            self._shape(part, shape.member, f"{where}[{index}]")

    def _map(self, value, shape, where):
        if not isinstance(value, dict):
            self._breach(where, f"is no map: {value!r}")
            return
        for name, part in value.items():
            self._shape(name, shape.key, f"{where} key {name}")
            self._shape(part, shape.value, f"{where}.{name}")

    def _string(self, value, shape, where):
        if not isinstance(value, str):
            self._breach(where, f"is no text: {value!r}")
            return
        if shape.enum and value not in shape.enum:
            self._breach(where, f"{value!r} is not one of {', '.join(shape.enum)}")
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
        if len(value) < least or (most is not None and len(value) > most):
            self._breach(where, f"has {len(value)} characters, not {least} to {most}: {value[:40]!r}")
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            self._breach(where, f"{value!r} does not match {pattern}")

    def _number(self, value, shape, where):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and value < least) or (most is not None and value > most):
            self._breach(where, f"{value} is not from {least} to {most}")

    def _integer(self, value, shape, where):
        if not isinstance(value, int) or isinstance(value, bool):
            self._breach(where, f"is no whole number: {value!r}")
        else:
            self._number(value, shape, where)

    _long = _integer

    def _double(self, value, shape, where):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            self._breach(where, f"is no number: {value!r}")
        else:
            self._number(value, shape, where)

    _float = _double

    def _boolean(self, value, shape, where):
        if not isinstance(value, bool):
            self._breach(where, f"is neither true nor false: {value!r}")

    def _timestamp(self, value, shape, where):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            self._breach(where, f"is no number of seconds: {value!r}")
        elif not EARLIEST <= value <= LATEST:
            self._breach(where, f"is no time of the story, or not in seconds: {value!r}")

    def _blob(self, value, shape, where):
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            self._breach(where, f"is not base64: {value!r}")

class Event(Shapes):
    """One message of an event stream, and what is wrong with it."""

    def __init__(self, shape, message):
        super().__init__()
        headers = message.headers
        kind = headers.get(":message-type")
        name = headers.get(":event-type" if kind == "event" else ":exception-type")
        if kind not in ("event", "exception"):
            self._breach("message", f"is of type {kind!r}")
            return
        if headers.get(":content-type") != "application/json":
            self._breach(name, f"has the content type {headers.get(':content-type')!r}")
        document = json.loads(
            message.payload, object_pairs_hook=unique_members, parse_constant=refuse_constant
        )
        if name == "initial-response":
            if document != {}:
                self._breach(name, f"has members: {document!r}")
        elif name not in shape.members:
            self._breach("message", f"is called {name!r}")
        else:
            self._shape(document, shape.members[name], name)


class Answer(Shapes):
    """One raw answer and what is wrong with it. `operation` is None for one that the model does not know."""

    def __init__(self, operation, protocol, status, headers, body, json_version="1.1"):
        self.operation = operation
        self.json_version = json_version
        self.protocol = protocol
        self.status = status
        self.headers = {name.lower(): value for name, value in dict(headers).items()}
        self.body = body
        super().__init__()
        self.error_code = None
        self._check()

    def _check(self):
        self._check_headers()
        try:
            if self.protocol == "query":
                self._check_query()
            elif self.protocol == "rest-xml":
                self._check_rest_xml()
            else:
                self._check_json()
        except (ValueError, ElementTree.ParseError) as fault:
            self._breach("body", f"cannot be read: {fault}")

    def _check_headers(self):
        if self.protocol == "rest-xml":
            request_id = self.headers.get("x-amz-request-id", "")
            if not re.fullmatch("[0-9A-F]{16}", request_id) or "x-amz-id-2" not in self.headers:
                self._breach("x-amz-request-id", f"is not 16 digits with an x-amz-id-2: {request_id!r}")
        else:
            request_id = self.headers.get("x-amzn-requestid", "")
            try:
                uuid.UUID(request_id)
            except ValueError:
                self._breach("x-amzn-RequestId", f"is not a UUID: {request_id!r}")
        try:
            parsedate_to_datetime(self.headers["date"])
        except (KeyError, TypeError, ValueError):
            self._breach("Date", f"is not an HTTP date: {self.headers.get('date')!r}")
        length = self.headers.get("content-length")
        bare = self.body is None or self._is_head() or self.status == 304
        if length is not None and not bare and int(length) != len(self.body):
            self._breach("Content-Length", f"{length} for {len(self.body)} bytes")

    def _is_head(self):
        return self.operation is not None and self.operation.http["method"] == "HEAD"

    # AWS JSON

    def _check_json(self):
        kind = self.headers.get("content-type")
        if self.status < 300 and self.operation.has_event_stream_output:
            # Its messages are held against the model one by one, as they come.
            if kind != "application/vnd.amazon.eventstream":
                self._breach("Content-Type", f"is {kind!r}")
            return
        if kind != f"application/x-amz-json-{self.json_version}":
            self._breach("Content-Type", f"is {kind!r}")
        if not self.body and self.status < 300 and self.operation.output_shape is None:
            # What an operation without an answer really sends.
            return
        document = json.loads(
            self.body, object_pairs_hook=unique_members, parse_constant=refuse_constant
        )
        if not isinstance(document, dict):
            raise ValueError("the body is not an object")
        if self.status < 300:
            self._shape(document, self.operation.output_shape, self.operation.name)
            return
        self.error_code = document.pop("__type", "").rpartition("#")[2]
        self._check_error(document)

    def _check_error(self, document):
        if not self.error_code:
            self._breach("error", "has no __type")
            return
        if not any(document.get(name) for name in ("message", "Message")):
            # UnknownOperationException is sent bare by the real services.
            if self.error_code != "UnknownOperationException":
                self._breach(self.error_code, "has no message")
        shape = self._modelled_error()
        if shape is None:
            self._check_common()
            return
        wanted = shape.metadata.get("error", {}).get("httpStatusCode")
        if wanted and wanted != self.status:
            self._breach(self.error_code, f"comes with {self.status}, not {wanted}")
        known = {name.lower() for name in shape.members} | {"message"}
        for name in document:
            if name.lower() not in known:
                self._breach(self.error_code, f"has the unknown member {name}")

    def _modelled_error(self):
        for shape in self.operation.error_shapes if self.operation else ():
            code = shape.metadata.get("error", {}).get("code", shape.name)
            if self.error_code in (shape.name, code):
                return shape
        return None

    def _check_common(self):
        if self.error_code not in COMMON_ERRORS:
            self._breach("error", f"{self.error_code} is neither modelled nor common")
        elif not 400 <= self.status < 600:
            self._breach(self.error_code, f"comes with {self.status}")

    # REST XML. The body of a streamed answer is None here: who asked for it reads it.

    def _check_rest_xml(self):
        if self.status >= 300:
            self._check_rest_error()
            return
        shape = self.operation.output_shape
        modelled = set()
        for name, member in shape.members.items() if shape else ():
            if member.serialization.get("location") == "header":
                header = member.serialization["name"].lower()
                modelled.add(header)
                if header in self.headers:
                    self._header(self.headers[header], member, f"{self.operation.name}.{name}")
        for header in self.headers:
            known = modelled | {"x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region"}
            if header.startswith("x-amz-") and header not in known:
                self._breach(self.operation.name, f"has the unknown header {header}")
        if self.body and not self._is_head():
            root = ElementTree.fromstring(self.body)
            if self.operation.name == "GetBucketLocation":
                # The one answer whose root is its only member.
                if not root.tag.endswith("}LocationConstraint"):
                    self._breach("body", f"begins with {root.tag}")
            else:
                self._element(root, shape, self.operation.name)

    def _header(self, text, shape, where):
        if shape.type_name in ("integer", "long"):
            if not re.fullmatch(r"-?\d+", text):
                self._breach(where, f"is no whole number: {text!r}")
        elif shape.type_name == "timestamp":
            try:
                parsedate_to_datetime(text)
            except (TypeError, ValueError):
                self._breach(where, f"is not an HTTP date: {text!r}")
        elif shape.type_name == "boolean":
            if text not in ("true", "false"):
                self._breach(where, f"is neither true nor false: {text!r}")
        else:
            self._string(text, shape, where)

    def _check_rest_error(self):
        if self._is_head() or self.status == 304:
            if self.body:
                self._breach("error", "has a body where none may be")
            self.error_code = str(self.status)
            return
        if self.headers.get("content-type") != "application/xml":
            self._breach("Content-Type", f"is {self.headers.get('content-type')!r}")
        root = ElementTree.fromstring(self.body)
        if root.tag != "Error":
            self._breach("body", f"begins with {root.tag}")
        for name in ("Code", "Message", "RequestId", "HostId"):
            if not root.findtext(name):
                self._breach("error", f"has no {name}")
        self.error_code = root.findtext("Code") or ""
        if self.error_code not in S3_ERRORS:
            self._breach("error", f"{self.error_code} is none of S3's")

    # Query

    def _check_query(self):
        kind = self.headers.get("content-type", "")
        if not kind.startswith("text/xml"):
            self._breach("Content-Type", f"is {kind!r}")
        root = ElementTree.fromstring(self.body)
        space = f"{{{self.operation.metadata.get('xmlNamespace', '')}}}" if self.operation else ""
        found = root.tag.partition("}")[0] + "}" if "}" in root.tag else ""
        if space and found != space:
            self._breach("body", f"has the namespace {found}, not {space}")
        tag = root.tag.rpartition("}")[2]
        if self.status >= 300:
            self._check_query_error(root, tag, found)
            return
        if tag != f"{self.operation.name}Response":
            self._breach("body", f"begins with {tag}")
        wrapper = self.operation.output_shape.serialization.get("resultWrapper")
        allowed = {f"{found}{wrapper}", f"{found}ResponseMetadata"}
        for child in root:
            if child.tag not in allowed:
                self._breach("body", f"has the unknown element {child.tag}")
        if root.find(f"{found}ResponseMetadata/{found}RequestId") is None:
            self._breach("body", "has no RequestId")
        result = root.find(f"{found}{wrapper}")
        if result is None:
            self._breach("body", f"has no {wrapper}")
        else:
            self._element(result, self.operation.output_shape, self.operation.name)

    def _check_query_error(self, root, tag, space):
        if tag != "ErrorResponse":
            self._breach("body", f"begins with {tag}")
        for name in ("Type", "Code", "Message"):
            if root.find(f"{space}Error/{space}{name}") is None:
                self._breach("error", f"has no {name}")
        if root.find(f"{space}RequestId") is None:
            self._breach("error", "has no RequestId")
        self.error_code = root.findtext(f"{space}Error/{space}Code") or ""
        if self._modelled_error() is None:
            self._check_common()

    def _element(self, element, shape, where):
        if shape.type_name == "structure":
            names = {
                member.serialization.get("name", name): (name, member)
                for name, member in shape.members.items()
            }
            present = set()
            for child in element:
                name = child.tag.rpartition("}")[2]
                if name not in names:
                    self._breach(where, f"has the unknown element {name}")
                    continue
                present.add(names[name][0])
                member = names[name][1]
                if member.type_name == "list" and member.serialization.get("flattened"):
                    member = member.member
                self._element(child, member, f"{where}.{name}")
            for name in shape.required_members:
                if name not in present:
                    self._breach(where, f"lacks the required {name}")
        elif shape.type_name == "list":
            for index, child in enumerate(element):
                self._element(child, shape.member, f"{where}[{index}]")
        elif shape.type_name == "timestamp":
            if not ISO_TIME.match(element.text or ""):
                self._breach(where, f"is no ISO 8601 time: {element.text!r}")
        elif shape.type_name in ("integer", "long"):
            if not re.fullmatch(r"-?\d+", element.text or ""):
                self._breach(where, f"is no whole number: {element.text!r}")
            else:
                self._number(int(element.text), shape, where)
        elif shape.type_name == "boolean":
            if element.text not in ("true", "false"):
                self._breach(where, f"is neither true nor false: {element.text!r}")
        else:
            self._string(element.text or "", shape, where)


def unique_members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"a member comes twice among {[name for name, _ in pairs]}")
    return members


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def matches(pattern, value):
    """AWS's patterns are Java's; what Python cannot read is not held against an answer."""
    for java, python in ((r"\p{L}", "A-Za-zÀ-ž"), (r"\p{Z}", " "), (r"\p{N}", "0-9")):
        pattern = pattern.replace(java, python)
    try:
        return re.fullmatch(pattern, value)
    except re.error:
        return True
