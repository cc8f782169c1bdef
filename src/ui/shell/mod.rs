//! What stands around the views: here the dialogs that may open over any of them.

pub mod gate;
