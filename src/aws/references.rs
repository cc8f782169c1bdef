//! What a build project and its buildspec refer to and do not hold: parameters, secrets and keys, looked for and never
//! opened.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::calls::Calls;
use crate::aws::{Sessions, kms, s3, secretsmanager, ssm};
use crate::model::build::{
    BuildProject, BuildspecPlace, BuildspecRead, BuildspecReference, Reference, ReferenceKind,
    ReferenceOutcome, SecretName, VariableValue, buildspec_references, parameter_name,
};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::Scope;

/// Secrets and keys asked about at most, a call each. A project that refers to more is told so.
const MOST: usize = 50;

/// The key behind a secret or parameter that names none of its own.
const OWN_SECRETS_KEY: &str = "alias/aws/secretsmanager";

/// Everything the project refers to, in the order of its variables; then its registry's secret, what its buildspec refers
/// to, its key, and the keys behind what was found.
pub(super) async fn check(
    calls: &Calls<'_>,
    project: &BuildProject,
    spec: Vec<BuildspecReference>,
) -> Vec<Reference> {
    let mut references = wanted(project);
    references.extend(wanted_of_buildspec(project, spec));
    parameters(calls, &project.arn, &mut references).await;
    secrets(calls, &mut references).await;
    references.extend(keys_wanted(project, &references));
    keys(calls, &mut references).await;
    references
}

/// What the project's buildspec refers to, where it lies with the project or in S3.
pub(super) async fn buildspec(
    sessions: &Sessions,
    scope: &Scope,
    project: &BuildProject,
) -> (Vec<BuildspecReference>, BuildspecRead) {
    let Some(source) = project.about.sources.first() else {
        return (Vec::new(), BuildspecRead::Read);
    };
    let text = match source.buildspec_place() {
        BuildspecPlace::Inline(text) => Ok(text.to_owned()),
        BuildspecPlace::S3(bucket, key) => s3::whole_text(sessions, scope, bucket, key)
            .await
            .map_err(|fault| fault.headline()),
        BuildspecPlace::Source(path) => {
            return (Vec::new(), BuildspecRead::InSource(path.to_owned()));
        }
    };
    match text.and_then(|text| buildspec_references(&text)) {
        Ok(found) => (found, BuildspecRead::Read),
        Err(why) => (Vec::new(), BuildspecRead::Unreadable(why)),
    }
}

/// What a buildspec needs, not looked for yet. Of a variable that the project sets too, the project's is the one taken
/// (buildspec syntax, CodeBuild user guide).
fn wanted_of_buildspec(
    project: &BuildProject,
    spec: Vec<BuildspecReference>,
) -> impl Iterator<Item = Reference> {
    let own = &project.about.environment.variables;
    let is_taken = |it: &BuildspecReference| own.iter().all(|own| own.name != it.variable);
    let taken = spec.into_iter().filter(is_taken);
    taken.map(|it| {
        let needed_by = format!("{} (buildspec)", it.variable);
        reference(&needed_by, it.kind, &it.name)
    })
}

/// What variables and the registry need, not looked for yet.
fn wanted(project: &BuildProject) -> Vec<Reference> {
    let environment = &project.about.environment;
    let mut all: Vec<Reference> = environment
        .variables
        .iter()
        .filter_map(|variable| {
            let (kind, name) = match &variable.value {
                VariableValue::ParameterStore(name) => (ReferenceKind::Parameter, name),
                VariableValue::SecretsManager(name) => (ReferenceKind::Secret, name),
                VariableValue::Plain(_) | VariableValue::Other(..) => return None,
            };
            Some(reference(&variable.name, kind, name))
        })
        .collect();
    let registry = environment.registry_credential.iter();
    all.extend(registry.map(|name| reference("registry credential", ReferenceKind::Secret, name)));
    all
}

fn reference(needed_by: &str, kind: ReferenceKind, name: &str) -> Reference {
    Reference {
        needed_by: needed_by.to_owned(),
        kind,
        name: name.to_owned(),
        // What an answer says nothing about is not there.
        outcome: ReferenceOutcome::Missing,
    }
}

/// `home`: the project's ARN. Parameter Store lists those of its own account and region.
async fn parameters(calls: &Calls<'_>, home: &str, references: &mut [Reference]) {
    let of_kind = |reference: &&mut Reference| reference.kind == ReferenceKind::Parameter;
    let names: BTreeSet<String> = references
        .iter_mut()
        .filter(of_kind)
        .filter_map(|reference| parameter_name(&reference.name))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let found = ssm::described(calls, &names).await.map_err(plain);
    for reference in references.iter_mut().filter(of_kind) {
        let name = parameter_name(&reference.name);
        reference.outcome = match (&found, name) {
            _ if is_elsewhere(&reference.name, home) => {
                ReferenceOutcome::Unknown(calls.place(ssm::SERVICE, "DescribeParameters").fault(
                    FaultClass::Local,
                    "it is in another account or region, whose own list alone tells of it",
                ))
            }
            (Err(fault), _) => ReferenceOutcome::Unknown(fault.clone()),
            (Ok(_), None) => ReferenceOutcome::Unknown(
                calls
                    .place(ssm::SERVICE, "DescribeParameters")
                    .fault(FaultClass::Local, "this is not the ARN of a parameter"),
            ),
            (Ok(found), Some(name)) => found
                .iter()
                .find(|parameter| parameter.name == name)
                .map_or(ReferenceOutcome::Missing, |parameter| {
                    ReferenceOutcome::There {
                        kind: parameter.kind.clone(),
                        changed: parameter.changed,
                        key: parameter.key.clone(),
                        trouble: None,
                    }
                }),
        };
    }
}

/// Whether an ARN is of another account or region than another ARN. A name is of the same.
fn is_elsewhere(name: &str, home: &str) -> bool {
    let place = |arn: &str| {
        let mut parts = arn.split(':').skip(3);
        let region = parts.next().map(str::to_owned);
        region.zip(parts.next().map(str::to_owned))
    };
    name.starts_with("arn:") && place(name) != place(home)
}

async fn secrets(calls: &Calls<'_>, references: &mut [Reference]) {
    let mut known: BTreeMap<String, Result<secretsmanager::Secret, Fault>> = BTreeMap::new();
    for reference in references {
        if reference.kind != ReferenceKind::Secret {
            continue;
        }
        let name = SecretName::parse(&reference.name);
        if !known.contains_key(&name.id) {
            let answer = if known.len() < MOST {
                secretsmanager::described(calls, &name.id).await
            } else {
                Err(too_many(calls, secretsmanager::SERVICE, "DescribeSecret"))
            };
            known.insert(name.id.clone(), answer);
        }
        if let Some(answer) = known.get(&name.id) {
            reference.outcome = match answer {
                Ok(secret) => ReferenceOutcome::There {
                    kind: "secret".to_owned(),
                    changed: secret.changed,
                    key: Some(
                        secret
                            .key
                            .clone()
                            .unwrap_or_else(|| OWN_SECRETS_KEY.to_owned()),
                    ),
                    trouble: trouble_of_secret(secret, &name),
                },
                Err(fault) => not_there(fault),
            };
        }
    }
}

/// Why a secret will not do, though it is there.
fn trouble_of_secret(secret: &secretsmanager::Secret, name: &SecretName) -> Option<String> {
    if let Some(at) = secret.deleted {
        return Some(format!(
            "it is to be deleted on {} and cannot be read",
            at.day()
        ));
    }
    let has_stage = |wanted: &str| {
        let mut versions = secret.versions.values();
        versions.any(|stages| stages.iter().any(|stage| stage == wanted))
    };
    if let Some(version) = &name.version {
        let known = secret.versions.get(version);
        let Some(stages) = known else {
            return Some(format!("it has no version {version}"));
        };
        let stage = name.stage.as_ref();
        return stage
            .filter(|stage| !stages.contains(stage))
            .map(|stage| format!("version {version} is not at stage {stage}"));
    }
    let stage = name.stage.as_deref().unwrap_or("AWSCURRENT");
    (!has_stage(stage)).then(|| format!("no version of it is at stage {stage}"))
}

/// The project's own key, and each key behind what was found, once.
fn keys_wanted(project: &BuildProject, references: &[Reference]) -> Vec<Reference> {
    let own = project.about.encryption_key.iter();
    let own = own.map(|key| ("encryption key".to_owned(), key.clone()));
    let behind = references.iter().filter_map(|reference| {
        let ReferenceOutcome::There { key: Some(key), .. } = &reference.outcome else {
            return None;
        };
        Some((reference.needed_by.clone(), key.clone()))
    });
    let mut by_key: Vec<(String, String)> = Vec::new();
    for (needed_by, key) in own.chain(behind) {
        match by_key.iter_mut().find(|(_, known)| *known == key) {
            Some((needed, _)) => *needed = format!("{needed}, {needed_by}"),
            None => by_key.push((needed_by, key)),
        }
    }
    by_key
        .into_iter()
        .map(|(needed_by, key)| reference(&needed_by, ReferenceKind::Key, &key))
        .collect()
}

async fn keys(calls: &Calls<'_>, references: &mut [Reference]) {
    let mut asked = 0;
    for reference in references {
        if reference.kind != ReferenceKind::Key {
            continue;
        }
        let answer = if asked < MOST {
            kms::described(calls, &reference.name).await
        } else {
            Err(too_many(calls, kms::SERVICE, "DescribeKey"))
        };
        asked += 1;
        reference.outcome = match answer {
            Ok(key) => ReferenceOutcome::There {
                trouble: trouble_of_key(&key),
                kind: key.state,
                changed: key.created,
                key: Some(key.arn).filter(|arn| !arn.is_empty()),
            },
            Err(fault) => not_there(&fault),
        };
    }
}

/// Why a key will not do, though it is there. A state that this version does not know is no promise either.
fn trouble_of_key(key: &kms::Key) -> Option<String> {
    match key.state.as_str() {
        "Enabled" => None,
        "Disabled" => Some("it is disabled: nothing can be encrypted or read with it".to_owned()),
        "PendingDeletion" | "PendingReplicaDeletion" => Some(match key.deletion {
            Some(at) => format!("it will be deleted on {} and cannot be used", at.day()),
            None => "it will be deleted and cannot be used".to_owned(),
        }),
        "PendingImport" => Some("its material has not been imported".to_owned()),
        other => Some(format!("its state is {other}")),
    }
}

/// Not found is an answer; anything else is none.
fn not_there(fault: &Fault) -> ReferenceOutcome {
    if fault.class == FaultClass::NotFound {
        ReferenceOutcome::Missing
    } else {
        ReferenceOutcome::Unknown(plain(fault.clone()))
    }
}

/// A denial says which permission lacks.
fn plain(mut fault: Fault) -> Fault {
    if fault.class == FaultClass::Denied {
        fault.message = format!(
            "{}:{} is needed to look for it: {}",
            fault.service, fault.operation, fault.message
        );
    }
    fault
}

fn too_many(calls: &Calls<'_>, service: &'static str, operation: &'static str) -> Fault {
    calls.place(service, operation).fault(
        FaultClass::Local,
        format!("the project refers to more than {MOST}; this one was not looked for"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::{BuildAbout, Environment, PlainValue, Variable};
    use crate::model::time::Timestamp;

    fn project() -> BuildProject {
        let variable = |name: &str, value| Variable {
            name: name.to_owned(),
            value,
        };
        BuildProject {
            name: "pier".into(),
            arn: String::new(),
            description: None,
            about: BuildAbout {
                environment: Environment {
                    registry_credential: Some("registry".to_owned()),
                    variables: vec![
                        variable("STAGE", VariableValue::Plain(PlainValue::new("prod"))),
                        variable("TOKEN", VariableValue::ParameterStore("/t".to_owned())),
                        variable("DB", VariableValue::SecretsManager("db:k".to_owned())),
                    ],
                    ..Environment::default()
                },
                encryption_key: Some("alias/pier".to_owned()),
                ..BuildAbout::default()
            },
            concurrent_limit: None,
            batches: false,
            webhook: None,
            created: None,
            modified: None,
            tags: Vec::new(),
        }
    }

    #[test]
    fn what_is_held_is_no_reference_and_each_key_is_asked_about_once() {
        let project = project();
        let mut references = wanted(&project);
        let needed: Vec<&str> = references.iter().map(|one| &*one.needed_by).collect();
        assert_eq!(needed, ["TOKEN", "DB", "registry credential"]);
        for reference in &mut references {
            reference.outcome = ReferenceOutcome::There {
                kind: String::new(),
                changed: None,
                key: Some("alias/pier".to_owned()),
                trouble: None,
            };
        }
        let keys = keys_wanted(&project, &references);
        assert_eq!(keys.len(), 1);
        assert_eq!(
            keys[0].needed_by,
            "encryption key, TOKEN, DB, registry credential"
        );
    }

    #[test]
    fn what_the_buildspec_alone_refers_to_is_wanted_too() {
        let of_spec = |variable: &str| BuildspecReference {
            variable: variable.to_owned(),
            kind: ReferenceKind::Secret,
            name: "other".to_owned(),
        };
        let spec = vec![of_spec("DB"), of_spec("CACHE"), of_spec("STAGE")];
        let wanted: Vec<Reference> = wanted_of_buildspec(&project(), spec).collect();
        let needed: Vec<&str> = wanted.iter().map(|one| &*one.needed_by).collect();
        assert_eq!(
            needed,
            ["CACHE (buildspec)"],
            "the project's own come first"
        );
    }

    #[test]
    fn a_secret_that_is_there_may_still_not_do() {
        let mut secret = secretsmanager::Secret {
            changed: None,
            deleted: None,
            key: None,
            versions: BTreeMap::from([
                ("v2".to_owned(), vec!["AWSCURRENT".to_owned()]),
                ("v1".to_owned(), vec!["AWSPREVIOUS".to_owned()]),
            ]),
        };
        let trouble = |secret: &secretsmanager::Secret, name: &str| {
            trouble_of_secret(secret, &SecretName::parse(name))
        };
        for good in [
            "db",
            "db:k",
            "db::AWSPREVIOUS",
            "db:::v1",
            "db::AWSCURRENT:v2",
        ] {
            assert_eq!(trouble(&secret, good), None, "{good}");
        }
        for bad in ["db::PENDING", "db:::v9", "db::AWSCURRENT:v1"] {
            assert!(trouble(&secret, bad).is_some(), "{bad}");
        }
        secret.deleted = Some(Timestamp::from_millis(1_000));
        assert!(trouble(&secret, "db").unwrap().contains("deleted"));
    }

    #[test]
    fn an_arn_of_another_account_or_region_is_elsewhere_and_a_name_never_is() {
        let home = "arn:aws:codebuild:eu-west-1:1:project/pier";
        let parameter = |place: &str| format!("arn:aws:ssm:{place}:parameter/t");
        assert!(!is_elsewhere("/t", home));
        assert!(!is_elsewhere(&parameter("eu-west-1:1"), home));
        assert!(is_elsewhere(&parameter("eu-west-1:2"), home));
        assert!(is_elsewhere(&parameter("us-east-1:1"), home));
    }

    #[test]
    fn only_an_enabled_key_does() {
        let key = |state: &str| kms::Key {
            arn: String::new(),
            state: state.to_owned(),
            created: None,
            deletion: None,
        };
        assert_eq!(trouble_of_key(&key("Enabled")), None);
        for state in [
            "Disabled",
            "PendingDeletion",
            "PendingImport",
            "Creating",
            "",
        ] {
            assert!(trouble_of_key(&key(state)).is_some(), "{state}");
        }
    }

    #[test]
    fn a_denial_names_the_permission_and_what_is_not_there_is_missing() {
        let mut fault = Fault::local("kms", "DescribeKey", "no", Timestamp::from_millis(1));
        fault.class = FaultClass::Denied;
        let ReferenceOutcome::Unknown(told) = not_there(&fault) else {
            panic!("a denial is not an absence");
        };
        assert!(told.message.starts_with("kms:DescribeKey is needed"));
        fault.class = FaultClass::NotFound;
        assert_eq!(not_there(&fault), ReferenceOutcome::Missing);
    }
}
