//! What the small variants of official images lack of the full ones.

/// A program a line with the images that have it, sorted, behind comments that say where the facts are from.
static LOST: &str = include_str!("lost.txt");

/// Whether `program` is in the PATH of the full variants of the official `image`, and not in that of the small ones.
pub(crate) fn is_lost(program: &str, image: &str) -> bool {
    let mut lines = LOST.lines().filter_map(|line| line.strip_prefix(program)?.strip_prefix(' '));
    lines.next().is_some_and(|images| images.split(' ').any(|one| one == image))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_sorted_and_holds_tools_but_no_shell() {
        let lines = LOST.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().is_sorted_by(|a, b| a.split(' ').next() < b.split(' ').next()));
        assert!(
            lines.flat_map(|line| line.split(' ').skip(1)).all(|image| ["node", "python", "ruby"].contains(&image))
        );
        for program in ["curl", "gcc", "git", "make", "ps", "wget", "hg"] {
            assert!(is_lost(program, "python"), "{program}");
        }
        for program in ["bash", "cat", "python3", "sh", "sleep"] {
            assert!(!is_lost(program, "python"), "{program}");
        }
        assert!(is_lost("python3", "node"));
    }
}
