//! What started an execution, in words: AWS tells a kind and a free text that is an ARN, a name or JSON.

use crate::model::ids::ExecutionId;
use crate::model::pipeline::Trigger;

impl Trigger {
    /// The person who asked for it, by the end of their ARN; none where a machine did.
    pub fn person(&self) -> Option<String> {
        let asks = matches!(
            self.kind.as_str(),
            "StartPipelineExecution" | "CreatePipeline" | "ManualRollback" | "PutActionRevision"
        );
        let is_rule = self.detail.contains(":events:") || self.detail.contains(":scheduler:");
        let name = self.detail.rsplit(['/', ':']).next().unwrap_or("");
        (asks && !is_rule && !name.is_empty()).then(|| name.to_owned())
    }

    /// An automatic rollback names the execution whose failure it answers.
    pub fn failed_execution(&self) -> Option<ExecutionId> {
        let json: serde_json::Value = serde_json::from_str(&self.detail).ok()?;
        Some(json.get("FailedPipelineExecutionId")?.as_str()?.into())
    }

    /// A sentence's end: `released by Priya`, `a push to the source`, `the schedule nightly`; empty where AWS says nothing.
    pub fn words(&self) -> String {
        let name = self.detail.rsplit(['/', ':']).next().unwrap_or("");
        let by = |verb: &str| {
            self.person()
                .map_or_else(|| verb.to_owned(), |person| format!("{verb} by {person}"))
        };
        match self.kind.as_str() {
            "StartPipelineExecution" if self.person().is_none() && !name.is_empty() => {
                format!("released by the rule {name}")
            }
            "StartPipelineExecution" => by("released"),
            "CreatePipeline" => by("the pipeline was created"),
            "PutActionRevision" => by("a revision was put"),
            "ManualRollback" => by("rolled back"),
            "AutomatedRollback" => match self.failed_execution() {
                Some(failed) => format!("rolled back by AWS after {} failed", failed.short()),
                None => "rolled back by AWS after a failure".to_owned(),
            },
            "CloudWatchEvent" if self.detail.contains("schedule") => format!("the schedule {name}"),
            "CloudWatchEvent" if !name.is_empty() => format!("an event, by the rule {name}"),
            "CloudWatchEvent" => "an event".to_owned(),
            "PollForSourceChanges" if !name.is_empty() => {
                format!("a change of {name}, found by polling")
            }
            "PollForSourceChanges" => "a change, found by polling".to_owned(),
            "Webhook" | "WebhookV2" => "a push to the source".to_owned(),
            other => other.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_started_an_execution_is_said_in_words() {
        let rows = [
            (
                "StartPipelineExecution",
                "arn:aws:sts::482100937715:assumed-role/Release/Priya",
                "released by Priya",
            ),
            (
                "StartPipelineExecution",
                "arn:aws:events:eu-west-1:482100937715:rule/nightly",
                "released by the rule nightly",
            ),
            (
                "CloudWatchEvent",
                "arn:aws:events:eu-west-1:482100937715:rule/schedule-nightly",
                "the schedule schedule-nightly",
            ),
            (
                "WebhookV2",
                "arn:aws:codeconnections:x",
                "a push to the source",
            ),
            (
                "AutomatedRollback",
                r#"{"FailedPipelineExecutionId":"b2b2b2b2-1111-2222-3333-444444444444"}"#,
                "rolled back by AWS after b2b2b2b2 failed",
            ),
            (
                "ManualRollback",
                "arn:aws:iam::1:user/jonas",
                "rolled back by jonas",
            ),
            ("SomethingNew", "x", "SomethingNew"),
            ("", "", ""),
        ];
        for (kind, detail, words) in rows {
            let trigger = Trigger {
                kind: kind.into(),
                detail: detail.into(),
            };
            assert_eq!(trigger.words(), words);
        }
    }
}
