//! The table of what was measured, and the goals that it is held to.

use std::fmt::Write;

pub struct Row {
    pub name: String,
    /// Bytes, as are those below.
    pub before: u64,
    pub after: u64,
    /// Of the best image that was made by hand.
    pub best: Option<u64>,
    /// Who runs it after.
    pub user: String,
    /// How long its build takes, as a multiple of that before.
    pub time: f64,
    /// Whether nothing differs that has to be the same.
    pub is_same: bool,
}

/// What the applications of the lab have to come to.
struct Goals {
    /// How many times the size of the best image is close to it.
    close_max: f64,
    close_min: usize,
    not_root_min: usize,
    mean_reduction_min: f64,
}

const GOALS: Goals = Goals { close_max: 1.15, close_min: 4, not_root_min: 4, mean_reduction_min: 0.65 };

pub fn table(rows: &[&Row]) -> String {
    let mut table = format!(
        "{:<22} {:>13} {:>13} {:>13} {:>10} {:>8} {:>5} {:<9}\n",
        "application", "before", "after", "best", "after/best", "user", "time", "verified"
    );
    for row in rows {
        let best = row.best.map_or("-".to_owned(), |best| best.to_string());
        let over = over_best(row).map_or("-".to_owned(), |over| format!("{over:.2}"));
        let is_same = if row.is_same { "yes" } else { "NO" };
        let Row { name, before, after, user, time, .. } = row;
        writeln!(table, "{name:<22} {before:>13} {after:>13} {best:>13} {over:>10} {user:>8} {time:>5.2} {is_same:<9}")
            .unwrap();
    }
    write!(table, "mean reduction {:.1} %", 100.0 * mean_reduction(rows)).unwrap();
    table
}

pub fn missed_goals(rows: &[&Row]) -> Vec<String> {
    let Goals { close_max, close_min, not_root_min, mean_reduction_min, .. } = GOALS;
    let close = rows.iter().filter(|row| over_best(row).is_some_and(|over| over <= close_max)).count();
    let not_root = rows.iter().filter(|row| !["root", "0"].contains(&row.user.as_str())).count();
    let mean = mean_reduction(rows);
    let goals = [
        (close >= close_min, format!("{close} images are at most {close_max} times the best one, not {close_min}")),
        (not_root >= not_root_min, format!("{not_root} images are run by others than root, not {not_root_min}")),
        (mean >= mean_reduction_min, format!("the mean reduction is {mean:.3}, not {mean_reduction_min}")),
    ];
    goals.into_iter().filter(|(is_reached, _)| !is_reached).map(|(_, goal)| goal).collect()
}

fn over_best(row: &Row) -> Option<f64> {
    Some(row.after as f64 / row.best? as f64)
}

fn mean_reduction(rows: &[&Row]) -> f64 {
    rows.iter().map(|row| 1.0 - row.after as f64 / row.before as f64).sum::<f64>() / rows.len().max(1) as f64
}
