//! Reads that a click starts and one view awaits: what goes through a gate, whether a credential works.
//!
//! They are made in `app` (a promise each) and shown by the view that asked. Polled state never rides on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::account::Identity;
use crate::model::command::Gate;
use crate::model::fault::Fault;
use crate::model::ids::{AccountName, ActionKey, ExecutionId, PipelineKey, RevisionId};
use crate::model::pipeline::SourceRevision;
use crate::model::repository::Commit;
use crate::model::time::Timestamp;

/// What is asked. The same request asked twice is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// The approval card's fresh read: GetPipelineState, ListActionExecutions, GetPipeline and ListPipelineExecutions, a
    /// call each; more for what is older than their first pages, and BatchGetCommits for CodeCommit's commits.
    Review {
        pipeline: PipelineKey,
        action: ActionKey,
    },
    /// The commits an execution brings to an action since that action last succeeded.
    Changes {
        pipeline: PipelineKey,
        action: ActionKey,
        execution: ExecutionId,
    },
    /// STS GetCallerIdentity with an account's credentials.
    TestAccount { account: AccountName },
    /// Keep an access key under this account name, in the keyring or in memory. The secret itself travels beside the
    /// request, never in it.
    StoreKey { account: AccountName },
    /// Forget the stored access key of this account.
    ForgetKey { account: AccountName },
}

#[derive(Clone, Debug)]
pub enum Response {
    Review(Arc<Review>),
    Changes(Arc<Changes>),
    Identity(Identity),
    /// Where the secret now lives, in words; or that it is gone.
    Stored(String),
    Forgotten,
}

#[derive(Clone, Debug)]
pub enum Oneshot {
    Pending { since: Timestamp },
    Ready { at: Timestamp, response: Response },
    Failed { at: Timestamp, fault: Arc<Fault> },
}

/// The state of every one-shot asked for and not yet dismissed.
pub type Oneshots = BTreeMap<Request, Oneshot>;

/// What a person sees before deciding at a gate, all of it read just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// With the token of this reading.
    pub gate: Gate,
    pub waiting_since: Option<Timestamp>,
    /// `waiting_since` and the action's timeout (default seven days).
    pub expires: Option<Timestamp>,
    /// What the pipeline's author wrote for the approver.
    pub custom_data: Option<String>,
    /// ExternalEntityLink of the action, http or https only.
    pub review_link: Option<String>,
    pub revisions: Vec<SourceRevision>,
    pub changes: Changes,
    /// Executions that wait to enter this stage, with what they bring.
    pub behind: Vec<Behind>,
    pub read_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub execution: ExecutionId,
    pub revisions: Vec<SourceRevision>,
}

/// Commits, newest first, from one revision down to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    pub commits: Vec<Commit>,
    /// The revision that passed before; none if nothing ever did.
    pub since: Option<RevisionId>,
    pub since_at: Option<Timestamp>,
    pub extent: Extent,
}

/// How much of the truth [`Changes::commits`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every commit, walked by parents.
    Complete,
    /// The walk ended at its limit; there are more.
    Cut { limit: usize },
    /// Only the head of each execution since: the source tells nothing of the commits between.
    HeadsOnly,
    /// Nothing passed before, so there is nothing to compare with: the head alone.
    NothingBefore,
}
