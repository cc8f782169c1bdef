//! Which lifecycle events head the columns: those of every target, in AWS's order, under names that fit.

use crate::model::deployment::Target;

/// The events of all targets. Targets of one deployment agree on the order, but not each has every event yet.
pub fn of(targets: &[Target]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for target in targets {
        let mut at = 0;
        for event in &target.events {
            if let Some(found) = columns.iter().position(|name| *name == event.name) {
                at = at.max(found + 1);
            } else {
                columns.insert(at, event.name.clone());
                at += 1;
            }
        }
    }
    columns
}

/// A shorter word for a narrow column; AWS's own stands in the hint.
pub fn short(event: &str) -> &str {
    match event {
        "ApplicationStop" => "AppStop",
        "DownloadBundle" => "Download",
        "BeforeInstall" => "BeforeInst",
        "AfterInstall" => "AfterInst",
        "ApplicationStart" => "AppStart",
        "ValidateService" => "Validate",
        "BeforeBlockTraffic" => "BeforeBlock",
        "BlockTraffic" => "Block",
        "AfterBlockTraffic" => "AfterBlock",
        "BeforeAllowTraffic" => "BeforeAllow",
        "AllowTraffic" => "Allow",
        "AfterAllowTraffic" => "AfterAllow",
        "AllowTestTraffic" => "AllowTest",
        "AfterAllowTestTraffic" => "AfterTest",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::deployment::LifecycleEvent;
    use crate::model::status::State;

    fn target(events: &[&str]) -> Target {
        Target {
            id: "i-1".into(),
            kind: "InstanceTarget".to_owned(),
            state: State::of_deployment("Pending"),
            label: None,
            updated: None,
            events: events
                .iter()
                .map(|name| LifecycleEvent {
                    name: (*name).to_owned(),
                    state: State::of_deployment("Pending"),
                    started: None,
                    ended: None,
                    diagnostics: None,
                })
                .collect(),
        }
    }

    #[test]
    fn columns_keep_awss_order_though_targets_differ() {
        let targets = [
            target(&["ApplicationStop", "Install", "ValidateService"]),
            target(&[]),
            target(&["ApplicationStop", "BeforeInstall", "Install"]),
            target(&["BeforeBlockTraffic", "ApplicationStop"]),
        ];
        assert_eq!(
            of(&targets),
            [
                "BeforeBlockTraffic",
                "ApplicationStop",
                "BeforeInstall",
                "Install",
                "ValidateService"
            ]
        );
        assert_eq!(of(&[]), Vec::<String>::new());
    }
}
