//! What AWS says to a request whose signature is no good; S3 has codes and words of its own.

use hyper::http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::{basic, hex, millis_of};
use crate::sim::protocol::{Flavour, header};
use crate::sim::wire::{Millis, WireError};

const MINUTE: Millis = 60_000;
/// What S3 takes in place of the hash of a payload.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const HASH_HEADER: &str = "x-amz-content-sha256";

/// The refusals as one kind of service words them.
#[derive(Clone, Copy, Debug)]
pub struct Refusals(pub Flavour);

/// The error of a session that has run out.
pub fn expired(flavour: Flavour) -> WireError {
    let (status, code, message) = match flavour {
        Flavour::RestXml => (400, "ExpiredToken", "The provided token has expired."),
        Flavour::Query => (
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
        Flavour::Json | Flavour::Json10 | Flavour::Cbor => (
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
    };
    WireError::with_status(status, code, message)
}

impl Refusals {
    pub fn missing(self) -> WireError {
        let (code, message) = match self.0 {
            Flavour::RestXml => ("AccessDenied", "Access Denied"),
            Flavour::Query => ("MissingAuthenticationToken", "Missing Authentication Token"),
            Flavour::Json | Flavour::Json10 | Flavour::Cbor => (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ),
        };
        WireError::with_status(403, code, message)
    }

    pub fn incomplete(self, text: &str) -> WireError {
        let code = match self.0 {
            Flavour::RestXml => {
                let message = "The authorization header is malformed; the authorization component is malformed.";
                return WireError::new("AuthorizationHeaderMalformed", message);
            }
            Flavour::Query => "IncompleteSignature",
            Flavour::Json | Flavour::Json10 | Flavour::Cbor => "IncompleteSignatureException",
        };
        WireError::new(
            code,
            format!(
                "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters. Authorization={text}"
            ),
        )
    }

    pub fn unknown_key(self, key_id: &str) -> WireError {
        let code = match self.0 {
            Flavour::RestXml => {
                let message = "The AWS Access Key Id you provided does not exist in our records.";
                return WireError::with_status(403, "InvalidAccessKeyId", message)
                    .about("AWSAccessKeyId", key_id);
            }
            Flavour::Query => "InvalidClientTokenId",
            Flavour::Json | Flavour::Json10 | Flavour::Cbor => "UnrecognizedClientException",
        };
        WireError::with_status(
            403,
            code,
            "The security token included in the request is invalid.",
        )
    }

    /// A session without its token, or with another's.
    pub fn wrong_token(self) -> WireError {
        if self.0 == Flavour::RestXml {
            let message = "The provided token is malformed or otherwise invalid.";
            return WireError::new("InvalidToken", message);
        }
        self.unknown_key("")
    }

    pub fn mismatch(self) -> WireError {
        let advice = if self.0 == Flavour::RestXml {
            "Check your key and signing method."
        } else {
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        };
        WireError::with_status(
            403,
            "SignatureDoesNotMatch",
            format!(
                "The request signature we calculated does not match the signature you provided. {advice}"
            ),
        )
    }

    /// The hash that was signed: the body's, or none for a request to S3 that says so.
    pub fn payload_hash(self, parts: &Parts, body: &[u8]) -> Result<String, WireError> {
        let hash = hex(&Sha256::digest(body));
        let claimed = header(&parts.headers, HASH_HEADER);
        match (self.0, claimed) {
            (Flavour::RestXml, None) => Err(WireError::new(
                "InvalidRequest",
                format!("Missing required header for this request: {HASH_HEADER}"),
            )),
            (Flavour::RestXml, Some(UNSIGNED)) => Ok(UNSIGNED.to_owned()),
            (Flavour::RestXml, Some(claimed)) if claimed != hash => Err(WireError::new(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            )),
            (_, Some(claimed)) if claimed != hash => Err(self.mismatch()),
            _ => Ok(hash),
        }
    }

    /// A signature is good for five minutes on both sides of its time, one for S3 for fifteen.
    pub fn check_date(self, stamp: &str, scope_date: &str, now: Millis) -> Result<(), WireError> {
        let minutes = if self.0 == Flavour::RestXml { 15 } else { 5 };
        let tolerance = minutes * MINUTE;
        let refused =
            |message: String| WireError::with_status(403, "SignatureDoesNotMatch", message);
        let Some(at) = millis_of(stamp) else {
            return Err(refused(format!(
                "Date must be in ISO8601 'basic format'. Got '{stamp}'."
            )));
        };
        if !stamp.starts_with(scope_date) {
            let day = stamp.split('T').next().unwrap_or_default();
            return Err(refused(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope_date}' != '{day}', from '{stamp}'."
            )));
        }
        if self.0 == Flavour::RestXml && (at - now).abs() > tolerance {
            return Err(WireError::with_status(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ));
        }
        let present = basic(now);
        if at < now - tolerance {
            let limit = basic(now - tolerance);
            return Err(refused(format!(
                "Signature expired: {stamp} is now earlier than {limit} ({present} - {minutes} min.)"
            )));
        }
        if at > now + tolerance {
            let limit = basic(now + tolerance);
            return Err(refused(format!(
                "Signature not yet current: {stamp} is still later than {limit} ({present} + {minutes} min.)"
            )));
        }
        Ok(())
    }
}
