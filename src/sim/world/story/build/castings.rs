//! The courses of builds with their log texts, fleets with what can go wrong on them, and other logs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::grammar;
use super::{Builder, Fault};
use crate::sim::world::builds::plan::{Command, Context, Phase, Plan, Script};
use crate::sim::world::builds::report::Covered;
use crate::sim::world::deployments::{
    AutoRollback, EVENT_NAMES, Failure, Group, Instance, MinimumHealthy, balanced_events,
    standard_events,
};

const PHASES: [(&str, Phase); 4] = [
    ("INSTALL", Phase::Install),
    ("PRE_BUILD", Phase::PreBuild),
    ("BUILD", Phase::Build),
    ("POST_BUILD", Phase::PostBuild),
];

impl Builder<'_> {
    pub(super) fn plans(&self) -> Result<BTreeMap<String, Arc<Plan>>, Fault> {
        let mut plans = BTreeMap::new();
        for script in &self.story.script {
            let plan = Plan::of(&self.script(script)?);
            if plans.insert(script.name.get_ref().clone(), plan).is_some() {
                return Err(Fault::at(
                    &script.name,
                    format!("there are two scripts named {:?}", script.name.get_ref()),
                ));
            }
        }
        Ok(plans)
    }

    fn script(&self, script: &grammar::Script) -> Result<Script, Fault> {
        let mut made = Script {
            artifact_files: script.artifact.clone(),
            artifact_megabytes: script.artifact_megabytes,
            artifact_raw: script.artifact_raw,
            exports: script
                .exports
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            coverage: script.coverage.iter().map(covered).collect(),
            ..Script::default()
        };
        made.download_failure = script.source_failure.as_ref().map(|failure| Context {
            code: failure.code.clone(),
            message: failure.message.clone(),
        });
        let durations = [
            (&mut made.queued, script.queued),
            (&mut made.provisioning, script.provisioning),
            (&mut made.download, script.download),
            (&mut made.upload, script.upload),
        ];
        for (slot, given) in durations {
            if let Some(duration) = given {
                *slot = duration.0;
            }
        }
        for command in &script.command {
            let phase = PHASES
                .iter()
                .find(|(word, _)| word == command.phase.get_ref());
            let (_, phase) = phase.ok_or_else(|| {
                let message = format!("{:?} is no phase of a buildspec; expected INSTALL, PRE_BUILD, BUILD or POST_BUILD", command.phase.get_ref());
                Fault::at(&command.phase, message)
            })?;
            let text = match &command.log_file {
                Some(file) => self
                    .texts
                    .read(file.get_ref())
                    .map_err(|message| Fault::at(file, message))?,
                None => command.log.clone(),
            };
            made.commands.push(Command {
                phase: *phase,
                run: command.run.clone(),
                lasts: command.takes.0,
                log: text.lines().map(str::to_owned).collect(),
                exit: command.exit,
            });
        }
        Ok(made)
    }

    pub(super) fn fleets(&mut self) -> Result<(), Fault> {
        for fleet in &self.story.fleet {
            let place = self.place(&fleet.account, &fleet.region)?;
            let group = group(fleet)?;
            let created = self.start - 300 * 86_400_000;
            let at = self.world.place_mut(&place.account, &place.region);
            if let Some(minimum) = fleet.minimum_healthy {
                let minimum = match minimum {
                    grammar::MinimumHealthy::Hosts(hosts) => MinimumHealthy::HostCount(hosts),
                    grammar::MinimumHealthy::Percent(percent) => {
                        MinimumHealthy::FleetPercent(percent)
                    }
                };
                at.deployments.add_config(&group.config, minimum, created);
            }
            for scenario in &fleet.scenario {
                let failures = scenario
                    .failure
                    .iter()
                    .map(failure)
                    .collect::<Result<Vec<_>, _>>()?;
                let key = (
                    format!("{}/{}", fleet.application, fleet.group),
                    scenario.name.clone(),
                );
                at.pipelines.cast_mut().failures.insert(key, failures);
            }
            at.deployments.add_group(&fleet.application, group, created);
        }
        Ok(())
    }
}

fn covered(file: &grammar::Covered) -> Covered {
    Covered {
        path: file.file.clone(),
        lines: file.lines,
        lines_covered: file.lines_reached,
        branches: file.branches,
        branches_covered: file.branches_reached,
    }
}

fn group(fleet: &grammar::Fleet) -> Result<Group, Fault> {
    let instances = fleet.instances.iter().map(|instance| Instance {
        id: instance.id.clone(),
        ip: instance.ip.clone(),
        zone: instance.zone.clone(),
        revision: None,
    });
    let mut group = Group::new(&fleet.group, instances.collect());
    if let Some(config) = &fleet.config {
        group.config.clone_from(config);
    } else if fleet.minimum_healthy.is_some() {
        group.config = format!("{}-{}", fleet.application, fleet.group);
    }
    group.auto_rollback = AutoRollback {
        on_failure: fleet.rollback.contains(&grammar::Rollback::Failure),
        on_alarm: fleet.rollback.contains(&grammar::Rollback::Alarm),
        on_stop: fleet.rollback.contains(&grammar::Rollback::Stop),
    };
    group.alarms.clone_from(&fleet.alarms);
    group.target_group.clone_from(&fleet.target_group);
    let mut events = if fleet.target_group.is_some() {
        balanced_events()
    } else {
        standard_events()
    };
    for (name, hook) in &fleet.hooks {
        let Some(event) = events.iter_mut().find(|event| event.name == name) else {
            let names: Vec<&str> = events.iter().map(|event| event.name).collect();
            return Err(Fault::at(
                hook,
                format!(
                    "{name:?} is no lifecycle event of this group; expected {}",
                    names.join(", ")
                ),
            ));
        };
        let hook = hook.get_ref();
        event.script.clone_from(&hook.script);
        if let Some(takes) = hook.takes {
            event.lasts = takes.0;
        }
    }
    group.events = events.into();
    Ok(group)
}

fn failure(failure: &grammar::FleetFailure) -> Result<Failure, Fault> {
    let event = failure.event.get_ref();
    if !EVENT_NAMES.contains(&event.as_str()) {
        return Err(Fault::at(
            &failure.event,
            format!(
                "{event:?} is no lifecycle event; expected {}",
                EVENT_NAMES.join(", ")
            ),
        ));
    }
    Ok(Failure {
        instance: failure.instance.clone(),
        event: event.clone(),
        code: failure.code.clone(),
        script: failure.script.clone(),
        message: failure.message.clone(),
        log: failure.log.lines().map(str::to_owned).collect(),
    })
}
