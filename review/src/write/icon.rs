//! An icon for each kind of node, as strokes in a square of 16 pixels.

use crate::graph::NodeKind;

/// Returns the path of the icon for a kind.
pub(super) fn icon(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Trigger => "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
        NodeKind::Topic => "M2 4h12M2 8h12M2 12h12M5 2.5v3M10 6.5v3M7 10.5v3",
        NodeKind::Filter => "M2 3h12L9.5 8.5V14l-3-1.5v-4z",
        NodeKind::Mapping => "M2 4h4l4 8h4M2 12h4M10 4h4M12 2l2 2-2 2M12 10l2 2-2 2",
        NodeKind::Function => "M3 2.5h3.5l5 11H14M7.3 6.5 3 13.5",
        NodeKind::Port => "M2 3h12v10H2zM2 6h12M4.5 9.5h3",
        NodeKind::Queue => "M2 3h3v10H2zM6.5 3h3v10h-3zM11 3h3v10h-3z",
        NodeKind::Storage => "M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0zM3 4c0 2 10 2 10 0M3 8c0 2 10 2 10 0",
        NodeKind::Secret => "M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2M8 10v1.5",
        NodeKind::Key => "M8.5 7.5a3 3 0 1 1 2 2L6 14H3v-3zM11 5h.1",
        NodeKind::Role => "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c0-6 11-6 11 0",
        NodeKind::Policy => "M8 1.5 13.5 4v4c0 3.5-3 5.5-5.5 6.5C5.5 13.5 2.5 11.5 2.5 8V4zM5.5 8l2 2 3-3.5",
        NodeKind::Log => "M3.5 1.5h9v13h-9zM6 5h4M6 8h4M6 11h2",
        NodeKind::Alarm => "M8 2a4.5 4.5 0 0 0-4.5 4.5V10L2 12.5h12L12.5 10V6.5A4.5 4.5 0 0 0 8 2zM6.5 14.5h3",
        NodeKind::Notification => "M2 6v4h3l5 3.5v-11L5 6zM12.5 5.5c1.5 1.5 1.5 3.5 0 5",
        NodeKind::Network => "M8 2v4M8 6H3.5v4M8 6h4.5v4M1.5 10h4v4h-4zM10.5 10h4v4h-4z",
        NodeKind::Other => "M2.5 5 8 2l5.5 3v6L8 14l-5.5-3zM2.5 5 8 8l5.5-3M8 8v6",
    }
}
