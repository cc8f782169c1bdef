//! From the SDK's errors to a [`Fault`]: what kind it is, AWS's own code and request id, and what it says.
//!
//! Every call of `aws/` ends here when it fails. The class decides who acts (the scheduler, a person, nobody), so codes
//! are told apart by name and not by HTTP status where AWS gives a name: throttling is a 400, and `ThrottlingException`
//! is missing from the models of codepipeline and codebuild, so that it arrives as an unhandled error.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId as _;

use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::Scope;
use crate::model::time::Timestamp;

/// Where a call was made, for the fault it may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub scope: Option<&'a Scope>,
    pub service: &'static str,
    pub operation: &'static str,
    pub now: Timestamp,
}

impl Place<'_> {
    pub(super) fn fault(self, class: FaultClass, message: impl Into<String>) -> Fault {
        Fault {
            class,
            scope: self.scope.cloned(),
            service: self.service,
            operation: self.operation,
            code: None,
            request_id: None,
            message: message.into(),
            since: self.now,
        }
    }

    /// The fault an SDK error stands for.
    pub(super) fn of<E>(self, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let mut fault = match error {
            SdkError::TimeoutError(_) => self.fault(
                FaultClass::TimedOut,
                "no answer in time; the request may have arrived",
            ),
            SdkError::ServiceError(service) => self.of_answer(service.err(), service.raw()),
            SdkError::ResponseError(response) => self.of_unreadable(error, response.raw()),
            _ => self.of_chain(error),
        };
        fault.request_id = error.request_id().map(str::to_owned);
        fault
    }

    /// An error answer: by AWS's code where there is one, else by what the answer looks like.
    fn of_answer<E: ProvideErrorMetadata>(self, error: &E, raw: &HttpResponse) -> Fault {
        let status = raw.status().as_u16();
        let code = error.code().filter(|code| !code.is_empty());
        let Some(code) = code else {
            let class = if is_html(raw) || status < 500 {
                FaultClass::Unreadable
            } else {
                FaultClass::Service
            };
            return self.fault(class, strange_answer(raw));
        };
        let mut message = error
            .message()
            .filter(|message| !message.is_empty())
            .unwrap_or("AWS gives no reason")
            .to_owned();
        if is_skew(code, &message) {
            message = with_both_clocks(&message, raw, self.now);
        }
        let mut fault = self.fault(class_of(code, status), message);
        fault.code = Some(code.to_owned());
        fault
    }

    /// An answer that came but could not be read.
    fn of_unreadable(self, error: &dyn Error, raw: &HttpResponse) -> Fault {
        let status = raw.status().as_u16();
        if is_html(raw) || !(200..300).contains(&status) {
            return self.fault(FaultClass::Unreadable, strange_answer(raw));
        }
        self.fault(
            FaultClass::Unreadable,
            format!("the answer cannot be read: {}", innermost(error)),
        )
    }

    /// No answer at all: the reasons lie along the chain of sources.
    pub(super) fn of_chain(self, error: &(dyn Error + 'static)) -> Fault {
        let mut class = None;
        let mut credentials = None;
        let mut at: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(link) = at {
            if let Some(found) = link.downcast_ref::<CredentialsError>() {
                credentials.get_or_insert(found);
            }
            if let Some(connector) = link.downcast_ref::<ConnectorError>() {
                if connector.is_timeout() {
                    class.get_or_insert(FaultClass::TimedOut);
                } else if connector.is_io() {
                    class.get_or_insert(FaultClass::Offline);
                }
            }
            if link.is::<std::io::Error>() {
                class.get_or_insert(FaultClass::Offline);
            }
            at = link.source();
        }
        match (credentials, class) {
            (Some(credentials), class) => self.of_credentials(credentials, class),
            (None, Some(FaultClass::TimedOut)) => {
                self.fault(FaultClass::TimedOut, "no answer in time")
            }
            // What is neither told as input/output nor as a timeout came from TLS or the connector: no way through.
            (None, class) => self.fault(class.unwrap_or(FaultClass::Offline), innermost(error)),
        }
    }

    /// No credentials: the class is that of the network where the way to them is what failed.
    fn of_credentials(self, error: &CredentialsError, network: Option<FaultClass>) -> Fault {
        let class = match (error, network) {
            (_, Some(network)) => network,
            (CredentialsError::ProviderTimedOut(_), None) => FaultClass::TimedOut,
            (_, None) => FaultClass::SignIn,
        };
        self.fault(class, chain(error))
    }
}

/// The class of an AWS error code.
pub(super) fn class_of(code: &str, status: u16) -> FaultClass {
    // `ns#Code:uri` is taken apart by the SDK; what reaches here is the bare name.
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "ProvisionedThroughputExceededException"
        | "PriorRequestNotComplete"
        | "SlowDown" => FaultClass::Throttled,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidToken"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "UnauthorizedException"
        | "AuthFailure" => FaultClass::SignIn,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "NotAuthorized"
        | "OptInRequired"
        | "RegionDisabledException" => FaultClass::Denied,
        "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "InternalServerException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => FaultClass::Service,
        _ if status == 429 => FaultClass::Throttled,
        _ if status >= 500 => FaultClass::Service,
        _ if code.contains("NotFound") || code.contains("DoesNotExist") => FaultClass::NotFound,
        _ => FaultClass::Refused,
    }
}

/// Signatures that fail for the time they were made at.
fn is_skew(code: &str, message: &str) -> bool {
    code == "RequestTimeTooSkewed"
        || code == "RequestExpired"
        || message.contains("Signature expired")
        || message.contains("Signature not yet current")
}

fn with_both_clocks(message: &str, raw: &HttpResponse, now: Timestamp) -> String {
    let theirs = raw.headers().get("date").unwrap_or("no time");
    format!("this computer's clock says {now}, AWS says {theirs}: {message}")
}

/// AWS never answers in HTML: a portal, a proxy or an emulator did.
pub(super) fn is_html(raw: &HttpResponse) -> bool {
    raw.headers()
        .get("content-type")
        .is_some_and(|kind| kind.contains("html"))
}

fn strange_answer(raw: &HttpResponse) -> String {
    let status = raw.status().as_u16();
    match raw.headers().get("content-type") {
        _ if (300..400).contains(&status) => {
            format!("HTTP {status}: the answer leads elsewhere, where Starboard does not follow")
        }
        _ if status == 407 => "HTTP 407: the proxy asks for a password".to_owned(),
        Some(kind) if kind.contains("html") => {
            format!("HTTP {status} with a web page where AWS answers in JSON or XML")
        }
        Some(kind) => format!("HTTP {status} of type {kind}, without an AWS error code"),
        None => format!("HTTP {status} without a body that says why"),
    }
}

/// The last reason of a chain: what really happened, without the layers that passed it on.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut last = error.to_string();
    let mut at = error.source();
    while let Some(link) = at {
        let said = link.to_string();
        if !said.is_empty() {
            last = said;
        }
        at = link.source();
    }
    last
}

/// A chain of reasons as one line, each said once.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut at: Option<&dyn Error> = Some(error);
    while let Some(link) = at {
        let text = link.to_string();
        if !text.is_empty() && !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
        at = link.source();
    }
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_decides_before_the_status_does() {
        let cases = [
            ("ThrottlingException", 400, FaultClass::Throttled),
            ("ExpiredTokenException", 400, FaultClass::SignIn),
            ("UnrecognizedClientException", 403, FaultClass::SignIn),
            ("AccessDeniedException", 400, FaultClass::Denied),
            ("PipelineNotFoundException", 400, FaultClass::NotFound),
            ("RepositoryDoesNotExistException", 400, FaultClass::NotFound),
            ("InvalidApprovalTokenException", 400, FaultClass::Refused),
            // A hard limit, which no waiting lifts, although the SDK would retry it.
            ("LimitExceededException", 400, FaultClass::Refused),
            ("SomethingNew", 503, FaultClass::Service),
            ("InternalFailure", 500, FaultClass::Service),
        ];
        for (code, status, class) in cases {
            assert_eq!(class_of(code, status), class, "{code}");
        }
    }

    #[test]
    fn a_chain_says_each_reason_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer: inner")]
        struct Outer(#[source] std::io::Error);
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(chain(&error), "outer: inner");
        assert_eq!(innermost(&error), "inner");
    }
}
