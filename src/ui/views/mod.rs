//! The places of the window, one file each, and their registry.
//!
//! A view is added by its file and a line in [`VIEWS`]: navigation, the palette, the keys sheet and the picture tests
//! walk that table. Views never import each other; they meet in routes and actions.

pub mod accounts;
pub mod approvals;
pub mod board;
pub mod builds;
pub mod project;
pub mod repositories;
pub mod settings;

use crate::ui::route::{ApprovalsTab, BuildsRoute, Route};
use crate::ui::view::View;

/// One place in the window.
pub struct Entry {
    /// In names of pictures and as the key of what the window remembers.
    pub id: &'static str,
    /// In the top bar, the palette and the keys sheet.
    pub title: &'static str,
    /// Whether this view shows the route.
    pub shows: fn(&Route) -> bool,
    /// Where the top bar and the palette lead; none for a view that needs to know what to show.
    pub home: fn() -> Option<Route>,
    pub make: fn() -> Box<dyn View>,
}

/// In the order of the top bar. The first is where the window opens.
pub const VIEWS: &[Entry] = &[
    Entry {
        id: "board",
        title: "Board",
        shows: |route| matches!(route, Route::Board),
        home: || Some(Route::Board),
        make: || Box::<board::BoardView>::default(),
    },
    Entry {
        id: "approvals",
        title: "Approvals",
        shows: |route| matches!(route, Route::Approvals(_)),
        home: || Some(Route::Approvals(ApprovalsTab::Waiting)),
        make: || Box::<approvals::ApprovalsView>::default(),
    },
    Entry {
        id: "builds",
        title: "Builds",
        shows: |route| matches!(route, Route::Builds(_)),
        home: || Some(Route::Builds(BuildsRoute::All)),
        make: || Box::<builds::BuildsView>::default(),
    },
    Entry {
        id: "project",
        title: "Pipeline",
        shows: |route| matches!(route, Route::Project(_)),
        home: || None,
        make: || Box::<project::Project>::default(),
    },
    Entry {
        id: "repositories",
        title: "Repositories",
        shows: |route| matches!(route, Route::Repositories(_)),
        home: || Some(Route::Repositories(None)),
        make: || Box::<repositories::RepositoriesView>::default(),
    },
    Entry {
        id: "accounts",
        title: "Accounts",
        shows: |route| matches!(route, Route::Accounts),
        home: || Some(Route::Accounts),
        make: || Box::<accounts::AccountsView>::default(),
    },
    Entry {
        id: "settings",
        title: "Settings",
        shows: |route| matches!(route, Route::Settings),
        home: || Some(Route::Settings),
        make: || Box::<settings::SettingsView>::default(),
    },
];
