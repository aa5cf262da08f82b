//! Reminders → rows: one per certificate, most urgent first, with exact totals.
