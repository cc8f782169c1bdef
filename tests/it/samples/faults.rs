//! What is no answer, or an answer that says no: each becomes a fault of its own class.

use std::collections::BTreeMap;

use starboard::model::fault::{Fault, FaultClass};
use starboard::model::ids::LogKey;

use super::{aws, scope};
use crate::replay::{self, Answer};

#[tokio::test]
async fn an_error_answer_becomes_a_fault_of_its_code() {
    let cases = [
        (400, "ThrottlingException", FaultClass::Throttled),
        (400, "ResourceNotFoundException", FaultClass::NotFound),
        (400, "AccessDeniedException", FaultClass::Denied),
        (
            400,
            "com.amazonaws.logs#InvalidParameterException",
            FaultClass::Refused,
        ),
        (403, "UnrecognizedClientException", FaultClass::SignIn),
        (400, "ExpiredTokenException", FaultClass::SignIn),
        (500, "InternalFailure", FaultClass::Service),
    ];
    for (status, code, class) in cases {
        let answer = Answer::error(status, code, "Why it is so.");
        let fault = log_fault(answer).await;
        assert_eq!(fault.class, class, "{code}");
        let bare = code.rsplit('#').next();
        assert_eq!(fault.code.as_deref(), bare);
        assert_eq!(fault.message, "Why it is so.");
        assert_eq!(fault.operation, "GetLogEvents");
        assert_eq!(
            fault.request_id.as_deref(),
            Some("00000000-1111-2222-3333-444444444444")
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_of_aws_is_unreadable() {
    let page = "<html><body>Please sign in to the network</body></html>";
    for (status, content_type, body) in [
        (200, "text/html; charset=utf-8", page),
        (500, "text/html", page),
        (
            200,
            "application/x-amz-json-1.1",
            "{\"events\": [{\"timestamp\": 1, \"mess",
        ),
        (302, "text/plain", ""),
    ] {
        let fault = log_fault(Answer {
            status,
            content_type,
            body: body.to_owned(),
        })
        .await;
        assert_eq!(
            fault.class,
            FaultClass::Unreadable,
            "{status} {content_type}: {fault:?}"
        );
        assert!(!fault.message.is_empty());
    }
    let empty = log_fault(Answer {
        status: 503,
        content_type: "application/x-amz-json-1.1",
        body: String::new(),
    });
    assert_eq!(empty.await.class, FaultClass::Service);
}

#[tokio::test]
async fn nobody_there_is_offline() {
    let url = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let key = LogKey {
        scope: scope(),
        group: "group".into(),
        stream: "stream".into(),
    };
    let fault = aws(url).log_reader().page(&key, None).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Offline, "{fault:?}");
}

async fn log_fault(answer: Answer) -> Fault {
    let told = BTreeMap::from([("GetLogEvents".to_owned(), answer)]);
    let aws = aws(replay::serve(told).await);
    let key = LogKey {
        scope: scope(),
        group: "group".into(),
        stream: "stream".into(),
    };
    aws.log_reader().page(&key, None).await.unwrap_err()
}
