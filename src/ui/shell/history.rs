//! Where a person has been: back and forward, as a browser keeps them.

use crate::ui::route::Route;

const MOST: usize = 100;

#[derive(Default)]
pub struct History {
    back: Vec<Route>,
    current: Route,
    forward: Vec<Route>,
}

impl History {
    pub fn current(&self) -> &Route {
        &self.current
    }

    /// Goes somewhere new. Going where one is adds no step.
    pub fn go(&mut self, route: Route) {
        if route == self.current {
            return;
        }
        self.back.push(std::mem::replace(&mut self.current, route));
        self.forward.clear();
        let excess = self.back.len().saturating_sub(MOST);
        self.back.drain(..excess);
    }

    /// Changes the current step: a selection or a tab is no place of its own.
    pub fn replace(&mut self, route: Route) {
        self.current = route;
    }

    pub fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }

    /// To where one came from; without that, to the Board.
    pub fn back(&mut self) {
        let route = self.back.pop().unwrap_or(Route::Board);
        if route != self.current {
            self.forward
                .push(std::mem::replace(&mut self.current, route));
        }
    }

    pub fn forward(&mut self) {
        if let Some(route) = self.forward.pop() {
            self.back.push(std::mem::replace(&mut self.current, route));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forward_walk_the_same_steps() {
        let mut history = History::default();
        history.go(Route::Accounts);
        history.go(Route::Settings);
        history.go(Route::Settings);
        history.back();
        assert_eq!(*history.current(), Route::Accounts);
        history.forward();
        assert_eq!(*history.current(), Route::Settings);
        history.back();
        history.go(Route::Repositories(None));
        assert!(!history.can_go_forward(), "a new way forgets the old one");
        history.back();
        history.back();
        assert_eq!(*history.current(), Route::Board);
        assert!(!history.can_go_back());
    }

    #[test]
    fn a_selection_is_no_step() {
        let mut history = History::default();
        history.go(Route::Accounts);
        history.replace(Route::Settings);
        history.back();
        assert_eq!(*history.current(), Route::Board);
    }

    #[test]
    fn without_a_past_back_leads_to_the_board() {
        let mut history = History::default();
        history.replace(Route::Settings);
        history.back();
        assert_eq!(*history.current(), Route::Board);
        history.back();
        assert_eq!(*history.current(), Route::Board);
    }
}
