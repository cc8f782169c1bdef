//! What happens at its time: pushes, starts, approvals, stops, retries and transitions.

use super::super::grammar::{self, Event, Host, Reference};
use super::source_of;
use super::{Builder, Fault, unknown};
use crate::sim::wire::Millis;
use crate::sim::world::happenings::{Happening, Push, Where};
use crate::sim::world::pipelines::commands::RetryMode;
use crate::sim::world::pipelines::execution::Trigger;
use crate::sim::world::pipelines::rules::ConditionKind;
use toml::Spanned;

impl Builder<'_> {
    pub(super) fn events(&mut self) -> Result<(), Fault> {
        for event in &self.story.event {
            let (place, happening) = self.event(event)?;
            self.world
                .plan(self.moment(event.get_ref().at.0), place, happening);
        }
        Ok(())
    }

    /// What lies after the start passes at the story's pace.
    pub(super) fn moment(&self, offset: Millis) -> Millis {
        self.world.pace().after(self.start, offset)
    }

    fn event(&self, spanned: &Spanned<Event>) -> Result<(Where, Happening), Fault> {
        let event = spanned.get_ref();
        let kinds = [
            event.push.is_some(),
            event.start.is_some(),
            event.approve.is_some(),
            event.reject.is_some(),
            event.stop.is_some(),
            event.retry.is_some(),
            event.roll_back.is_some(),
            event.r#override.is_some(),
            event.disable.is_some(),
            event.enable.is_some(),
            event.build.is_some(),
            event.batch.is_some(),
            event.stop_build.is_some(),
            event.expire.is_some(),
        ];
        if kinds.into_iter().filter(|given| *given).count() != 1 {
            return Err(Fault::at(
                spanned,
                "an event is exactly one of push, start, approve, reject, stop, retry, roll_back, override, disable, enable, build, batch, stop_build and expire",
            ));
        }
        if let Some(push) = &event.push {
            return self.push(event, push);
        }
        if let Some(group) = &event.expire {
            return self.expiry(spanned, group);
        }
        let projects = [&event.build, &event.batch, &event.stop_build];
        if let Some(project) = projects.into_iter().flatten().next() {
            return self.build_event(spanned, project);
        }
        if let Some(pipeline) = &event.start {
            let (place, _) = self.pipeline(pipeline)?;
            let mut trigger = self.trigger(event, pipeline)?;
            self.give(&mut trigger, spanned, pipeline)?;
            if event.scheduled {
                trigger.kind = "CloudWatchEvent";
            } else {
                trigger.kind = "StartPipelineExecution";
                trigger.detail = self.user_arn(self.by(spanned)?, &place)?;
            }
            return Ok((
                place,
                Happening::Start {
                    pipeline: pipeline.get_ref().clone(),
                    trigger,
                },
            ));
        }
        for (target, approved) in [(&event.approve, true), (&event.reject, false)] {
            if let Some(target) = target {
                return self.answer(spanned, target, approved);
            }
        }
        for (target, closes) in [(&event.disable, true), (&event.enable, false)] {
            if let Some(target) = target {
                return self.transition(spanned, target, closes);
            }
        }
        if let Some(target) = &event.roll_back {
            let (place, names) = self.target(target, 2)?;
            let by = self.user_arn(self.by(spanned)?, &place)?;
            let [pipeline, stage] = <[String; 2]>::try_from(names).unwrap_or_default();
            let happening = Happening::RollBack {
                pipeline,
                stage,
                back: event.to.max(1) as usize,
                by,
            };
            return Ok((place, happening));
        }
        if let Some(target) = &event.r#override {
            return self.override_condition(spanned, target);
        }
        self.stop_or_retry(event)
    }

    fn override_condition(
        &self,
        event: &Spanned<Event>,
        target: &Reference,
    ) -> Result<(Where, Happening), Fault> {
        let (place, names) = self.target(target, 2)?;
        let by = self.user_arn(self.by(event)?, &place)?;
        let [pipeline, stage] = <[String; 2]>::try_from(names).unwrap_or_default();
        let word = event.get_ref().condition.as_ref();
        let kind = match word.map_or("BEFORE_ENTRY", |word| word.get_ref().as_str()) {
            "BEFORE_ENTRY" => ConditionKind::BeforeEntry,
            "ON_SUCCESS" => ConditionKind::OnSuccess,
            other => {
                let message =
                    format!("{other:?} cannot be overridden; expected BEFORE_ENTRY, ON_SUCCESS");
                return Err(word.map_or_else(
                    || Fault::at(event, message.clone()),
                    |word| Fault::at(word, message.clone()),
                ));
            }
        };
        let happening = Happening::Override {
            pipeline,
            stage,
            kind,
            by,
        };
        Ok((place, happening))
    }

    fn by<'e>(&self, event: &'e Spanned<Event>) -> Result<&'e Reference, Fault> {
        let people = self
            .story
            .person
            .iter()
            .map(|person| person.name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        event.get_ref().by.as_ref().ok_or_else(|| {
            Fault::at(
                event,
                format!("this event needs `by`; expected one of {people}"),
            )
        })
    }

    fn trigger(&self, event: &Event, pipeline: &Reference) -> Result<Trigger, Fault> {
        let mut trigger = Trigger::new("", "");
        trigger.attended = event.attended;
        trigger.execution_id.clone_from(&event.execution);
        trigger.ids.clone_from(&event.ids);
        trigger.scenarios = self.scenarios_for(pipeline, &event.scenarios)?;
        Ok(trigger)
    }

    /// The variables and revisions that a start is given.
    fn give(
        &self,
        trigger: &mut Trigger,
        event: &Spanned<Event>,
        pipeline: &Reference,
    ) -> Result<(), Fault> {
        let (_, found) = self.pipeline(pipeline)?;
        let given = event.get_ref();
        for (name, value) in &given.variables {
            if !found.variables.contains_key(name) {
                let message = format!("the pipeline declares no variable {name:?}");
                return Err(Fault::at(event, message));
            }
            trigger.variables.push((name.clone(), value.clone()));
        }
        for (action, revision) in &given.revisions {
            let sources = found.stage.iter().take(1).flat_map(|stage| &stage.action);
            let source = sources.into_iter().find(|known| known.name == *action);
            let Some(source) = source else {
                let message = format!("the pipeline has no source action {action:?}");
                return Err(Fault::at(event, message));
            };
            let kind = match source.provider.get_ref().as_str() {
                "ECR" => "IMAGE_DIGEST",
                "S3" => "S3_OBJECT_VERSION_ID",
                _ => "COMMIT_ID",
            };
            let value = (kind, revision.clone());
            trigger.overrides.insert(action.clone(), vec![value]);
        }
        Ok(())
    }

    fn repository(&self, name: &Reference) -> Result<&(Where, Host, String), Fault> {
        self.repositories
            .get(name.get_ref())
            .ok_or_else(|| unknown(name, "repository", self.repositories.keys()))
    }

    fn push(&self, event: &Event, push: &grammar::Push) -> Result<(Where, Happening), Fault> {
        let (place, host, main) = self.repository(&push.repository)?;
        let trigger = match self
            .reader_of(push.repository.get_ref())
            .filter(|_| push.starts)
        {
            None => None,
            Some(pipeline) => Some(self.trigger(event, &pipeline.name)?),
        };
        let authored = push.authored.unwrap_or(event.at);
        let happening = Happening::Push(Push {
            repository: push.repository.get_ref().clone(),
            branch: push.branch.clone().unwrap_or_else(|| main.clone()),
            host: source_of(*host),
            id: push.commit.clone(),
            message: push.message.clone(),
            author: self.author(&push.author)?,
            authored: self.moment(authored.0),
            trigger,
        });
        Ok((place.clone(), happening))
    }

    /// `pipeline/Stage/Action` or `pipeline/Stage`, its parts checked.
    fn target(&self, target: &Reference, parts: usize) -> Result<(Where, Vec<String>), Fault> {
        let names: Vec<String> = target.get_ref().split('/').map(str::to_owned).collect();
        let [pipeline, rest @ ..] = names.as_slice() else {
            return Err(Fault::at(target, "expected a pipeline"));
        };
        if names.len() != parts {
            let wanted = if parts == 3 {
                "pipeline/Stage/Action"
            } else {
                "pipeline/Stage"
            };
            return Err(Fault::at(target, format!("expected {wanted}")));
        }
        let named = |text: &str| Spanned::new(target.span(), text.to_owned());
        let (place, found) = self.pipeline(&named(pipeline))?;
        if let [_, _] = rest {
            self.spot(&named(pipeline), &named(&rest.join("/")))?;
        } else if let [stage] = rest
            && !found.stage.iter().any(|known| known.name == *stage)
        {
            return Err(unknown(
                &named(stage),
                "stage",
                found.stage.iter().map(|stage| &stage.name),
            ));
        }
        Ok((place, names))
    }

    fn answer(
        &self,
        event: &Spanned<Event>,
        target: &Reference,
        approved: bool,
    ) -> Result<(Where, Happening), Fault> {
        let (place, names) = self.target(target, 3)?;
        let by = self.user_arn(self.by(event)?, &place)?;
        let [pipeline, stage, action] = <[String; 3]>::try_from(names).unwrap_or_default();
        let comment = event.get_ref().comment.clone();
        Ok((
            place,
            Happening::Answer {
                pipeline,
                stage,
                action,
                approved,
                by,
                comment,
            },
        ))
    }

    fn transition(
        &self,
        event: &Spanned<Event>,
        target: &Reference,
        closes: bool,
    ) -> Result<(Where, Happening), Fault> {
        let (place, names) = self.target(target, 2)?;
        let by = self.user_arn(self.by(event)?, &place)?;
        let reason = event.get_ref().reason.clone();
        if closes && reason.is_empty() {
            return Err(Fault::at(event, "a transition is disabled for a `reason`"));
        }
        let [pipeline, stage] = <[String; 2]>::try_from(names).unwrap_or_default();
        Ok((
            place,
            Happening::Transition {
                pipeline,
                stage,
                closed_because: closes.then_some(reason),
                by,
            },
        ))
    }

    fn stop_or_retry(&self, event: &Event) -> Result<(Where, Happening), Fault> {
        if let Some(pipeline) = &event.stop {
            let (place, _) = self.pipeline(pipeline)?;
            let stop = Happening::Stop {
                pipeline: pipeline.get_ref().clone(),
                abandon: event.abandon,
                reason: event.reason.clone(),
            };
            return Ok((place, stop));
        }
        let missing = || Fault {
            span: None,
            message: "an event without a kind".to_owned(),
        };
        let target = event.retry.as_ref().ok_or_else(missing)?;
        let (place, names) = self.target(target, 2)?;
        let [pipeline, stage] = <[String; 2]>::try_from(names).unwrap_or_default();
        let mode = if event.all {
            RetryMode::AllActions
        } else {
            RetryMode::FailedActions
        };
        Ok((
            place,
            Happening::Retry {
                pipeline,
                stage,
                mode,
            },
        ))
    }

    /// Pushes that come round for ever.
    pub(super) fn repeats(&mut self) -> Result<(), Fault> {
        for repeat in &self.story.repeat {
            let mut choices = Vec::new();
            let mut place = None;
            for push in &repeat.push {
                let (at, host, main) = self.repository(&push.repository)?;
                if *place.get_or_insert_with(|| at.clone()) != *at {
                    return Err(Fault::at(
                        &push.repository,
                        "the pushes of one [[repeat]] go to one account and region",
                    ));
                }
                let mut trigger = Trigger::new("", "");
                trigger.attended = push.attended;
                if let Some(pipeline) = self.reader_of(push.repository.get_ref()) {
                    trigger.scenarios = self.scenarios_for(&pipeline.name, &push.scenarios)?;
                }
                choices.push(Happening::Push(Push {
                    repository: push.repository.get_ref().clone(),
                    branch: main.clone(),
                    host: source_of(*host),
                    id: None,
                    message: push.message.clone(),
                    author: self.author(&push.author)?,
                    authored: self.start,
                    trigger: Some(trigger),
                }));
            }
            if let Some(place) = place {
                let at = self.moment(repeat.at.0);
                self.world.plan(
                    at,
                    place,
                    Happening::Repeat {
                        every: repeat.every.0.max(1_000),
                        round: 0,
                        choices,
                    },
                );
            }
        }
        Ok(())
    }
}
