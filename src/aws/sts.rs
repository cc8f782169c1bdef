//! STS: who these credentials are. The probe of a sign-in, for it needs no permission.

use std::sync::Arc;

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;

use crate::aws::Sessions;
use crate::aws::calls::Calls;
use crate::engine::source::{BoxFuture, Change, Item, Pace, PlanView, Planned, Reader, Source};
use crate::model::account::Identity;
use crate::model::fault::{Fault, FaultClass};

pub(super) const SERVICE: &str = "sts";

pub(super) struct Identities {
    sessions: Arc<Sessions>,
}

impl Identities {
    pub(super) fn source(sessions: &Arc<Sessions>) -> Arc<dyn Source> {
        Arc::new(Self {
            sessions: Arc::clone(sessions),
        })
    }
}

impl Source for Identities {
    fn service(&self) -> &'static str {
        SERVICE
    }

    /// The identity of an account is asked for in its first region.
    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned> {
        let account = view.snapshot.accounts.get(&view.scope.account);
        let first = account.and_then(|account| account.regions.first());
        if first.is_some_and(|first| *first != view.scope.region) {
            return Vec::new();
        }
        vec![Planned {
            item: Item::Listing,
            pace: Pace::Listing,
        }]
    }

    fn read<'a>(
        &'a self,
        _item: &'a Item,
        reader: &'a Reader,
    ) -> BoxFuture<'a, Result<(), FaultClass>> {
        Box::pin(async move {
            let identity = match self.sessions.reading(reader).await {
                Ok(calls) => match caller(&calls).await {
                    Ok(mut identity) => {
                        identity.expires = self.sessions.expires(&reader.scope.account).await;
                        Ok(identity)
                    }
                    Err(fault) => Err(fault),
                },
                Err(fault) => Err(fault),
            };
            let class = identity.as_ref().err().map(|fault| fault.class);
            reader.send(Change::Identity(identity)).await;
            self.sessions.after(reader, class)
        })
    }
}

/// GetCallerIdentity, without when the credentials end.
pub(super) async fn caller(calls: &Calls<'_>) -> Result<Identity, Fault> {
    let request = calls.clients.sts.get_caller_identity();
    let answer = calls
        .call(SERVICE, "GetCallerIdentity", request.send())
        .await?;
    identity(&answer).ok_or_else(|| unnamed(calls))
}

/// The identity in an answer, without when the credentials end.
pub(super) fn identity(answer: &GetCallerIdentityOutput) -> Option<Identity> {
    Some(Identity {
        account: answer.account()?.into(),
        arn: answer.arn()?.to_owned(),
        expires: None,
    })
}

/// An answer that names no account is not STS's.
pub(super) fn unnamed(calls: &Calls<'_>) -> Fault {
    calls
        .place(SERVICE, "GetCallerIdentity")
        .fault(FaultClass::Unreadable, "the answer names no account")
}
