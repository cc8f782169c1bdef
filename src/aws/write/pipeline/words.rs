//! What CodePipeline's refusals mean.

/// What a code means for the one who sent this operation.
pub(super) fn words(operation: &str, code: &str) -> Option<&'static str> {
    Some(match (operation, code) {
        (_, "NotLatestPipelineExecutionException") => {
            "A newer execution has gone through this stage since. Act on that one instead."
        }
        (_, "StageNotRetryableException") => {
            "This stage cannot be retried: nothing in it has failed, or the pipeline's structure was changed since. Release the change again instead."
        }
        ("StopPipelineExecution", "ConflictException") => {
            "The pipeline is busy with another request. Wait a moment and stop it again."
        }
        (_, "ConflictException") => {
            "The pipeline is busy with another request. Wait a moment and send it again."
        }
        (_, "ConcurrentPipelineExecutionsLimitExceededException") => {
            "As many executions run already as AWS allows for this pipeline. Wait until one ends, or stop one."
        }
        (_, "UnableToRollbackStageException") => {
            "AWS cannot roll this stage back to that execution: it must have succeeded in this stage with the pipeline's current structure, and the stage must be at rest. Pipelines in PARALLEL mode cannot be rolled back at all."
        }
        (_, "PipelineExecutionOutdatedException") => {
            "That execution ran with an older structure of the pipeline. Choose one that ran since the last change of the pipeline."
        }
        (_, "PipelineExecutionNotFoundException") => {
            "CodePipeline no longer knows that execution; it keeps them for twelve months. Choose a newer one."
        }
        (_, "ConditionNotOverridableException") => {
            "This condition cannot be overridden now: its rules are still checked, have passed, or the execution has moved on. Look at the stage again."
        }
        (_, "PipelineExecutionNotStoppableException") => {
            "This execution has ended, or is not one that can be stopped. Look at it again."
        }
        (_, "DuplicatedStopRequestException") => {
            "This execution is being stopped already. To end what still runs, abandon it."
        }
        (_, "PipelineNotFoundException") => {
            "There is no such pipeline in this account and region any more."
        }
        (_, "StageNotFoundException") => {
            "The pipeline has no such stage any more. Look at its structure again."
        }
        (_, "ActionNotFoundException") => {
            "The pipeline has no such action any more. Look at its structure again."
        }
        (_, "PipelineVersionNotFoundException") => {
            "CodePipeline no longer keeps that version of the pipeline."
        }
        (_, "LimitExceededException" | "PipelineLimitExceededException") => {
            "A limit of this account is reached; it does not lift by waiting. Ask AWS to raise it, or remove something."
        }
        ("StartPipelineExecution", "ValidationException") => {
            "AWS does not accept this release: a revision or variable is not one that the pipeline takes. Correct it and release again."
        }
        ("PutApprovalResult", "ValidationException") => {
            "AWS does not accept this answer; a comment has at most 512 characters. Shorten it and answer again."
        }
        ("StopPipelineExecution" | "DisableStageTransition", "ValidationException") => {
            "AWS does not accept this reason: it has at most 200 characters (a stop) or 300 (a transition), and a transition takes letters, digits and plain signs only. Change it and send it again."
        }
        (_, "ValidationException") => {
            "AWS does not accept a value of this request. Correct it and send it again."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::write::words::tests::{Declared, say_what_to_do};

    /// Every error that the service model declares for the writes this program sends, without those of approvals that
    /// are told as news.
    const DECLARED: Declared = &[
        (
            "StartPipelineExecution",
            &[
                "ConcurrentPipelineExecutionsLimitExceededException",
                "ConflictException",
                "PipelineNotFoundException",
                "ValidationException",
            ],
        ),
        (
            "StopPipelineExecution",
            &[
                "ConflictException",
                "DuplicatedStopRequestException",
                "PipelineExecutionNotStoppableException",
                "PipelineNotFoundException",
                "ValidationException",
            ],
        ),
        (
            "RetryStageExecution",
            &[
                "ConcurrentPipelineExecutionsLimitExceededException",
                "ConflictException",
                "NotLatestPipelineExecutionException",
                "PipelineNotFoundException",
                "StageNotFoundException",
                "StageNotRetryableException",
                "ValidationException",
            ],
        ),
        (
            "RollbackStage",
            &[
                "ConflictException",
                "PipelineExecutionNotFoundException",
                "PipelineExecutionOutdatedException",
                "PipelineNotFoundException",
                "StageNotFoundException",
                "UnableToRollbackStageException",
                "ValidationException",
            ],
        ),
        (
            "OverrideStageCondition",
            &[
                "ConcurrentPipelineExecutionsLimitExceededException",
                "ConditionNotOverridableException",
                "ConflictException",
                "NotLatestPipelineExecutionException",
                "PipelineNotFoundException",
                "StageNotFoundException",
                "ValidationException",
            ],
        ),
        (
            "EnableStageTransition",
            &[
                "PipelineNotFoundException",
                "StageNotFoundException",
                "ValidationException",
            ],
        ),
        (
            "DisableStageTransition",
            &[
                "PipelineNotFoundException",
                "StageNotFoundException",
                "ValidationException",
            ],
        ),
        (
            "PutApprovalResult",
            &[
                "ActionNotFoundException",
                "PipelineNotFoundException",
                "StageNotFoundException",
                "ValidationException",
            ],
        ),
    ];

    #[test]
    fn every_declared_refusal_has_words_that_say_what_to_do() {
        say_what_to_do(DECLARED, words);
    }
}
