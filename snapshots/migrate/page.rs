//! The report in a browser: its tables sort, and nothing leaves the page.

use std::fs;
use std::process::Command;

use crate::farm::Farm;
use crate::material::{is_here, say};

/// A page as it is after its script has run.
struct Opened {
    dom: String,
    /// What started the requests that came of the page; the browser has some of its own.
    initiators: Vec<String>,
}

fn opened(farm: &Farm, page: &str) -> Opened {
    let profile = tempfile::tempdir().unwrap();
    let log = profile.path().join("net.json");
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]);
    browser.args(["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]);
    browser.args(["--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom"]);
    browser.arg(format!("--log-net-log={}", log.display()));
    browser.arg(format!("--user-data-dir={}", profile.path().join("profile").display()));
    browser.arg(format!("file://{}/{page}", farm.path("").display()));
    let dom = String::from_utf8(browser.output().unwrap().stdout).unwrap();
    let log = fs::read_to_string(log).unwrap();
    let initiators = log.split("\"initiator\":\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    Opened { dom, initiators: initiators.filter(|initiator| initiator != "not an origin").collect() }
}

/// The names in the first column of the table of repositories, as far as they are shown.
fn names(dom: &str) -> Vec<String> {
    let (_, table) = dom.split_once("<table id=\"repositories\">").expect("the page has the table");
    let (_, body) = table.split_once("<tbody>").unwrap();
    let rows = body.split_once("</tbody>").unwrap().0.split("<tr").skip(1);
    let rows = rows.filter(|row| !row.starts_with(" hidden"));
    rows.map(|row| row.split_once("<td>").unwrap().1.split_once("</td>").unwrap().0.to_owned()).collect()
}

#[test]
fn the_report_sorts_and_asks_nobody_for_anything() {
    if !is_here("chromium", "the report in a browser") {
        return;
    }
    let attack =
        "\"><img src=http://127.0.0.1:9/x onerror=\"document.title='run'\"><script>document.title='run'</script>";
    let files = |index: usize| {
        let lines: String = (0..index * 3 % 5).map(|line| format!("ENV A{line} b\n")).collect();
        let text = format!("FROM a\nENV X{index} y\n{lines}RUN cd {attack} && sudo x\n");
        [("Dockerfile".to_owned(), text.into_bytes())].into()
    };
    let farm = Farm::new((0..5).map(files).collect());
    farm.checkouts("r");
    let hostile = attack.replace('/', "%");
    fs::create_dir_all(farm.path("r").join(&hostile).join(".git")).unwrap();
    let output = farm.run("r --out out --offline --quiet --report report.html --report report.json");
    assert_eq!(output.code, 2, "{}", output.err);
    let page = fs::read_to_string(farm.path("report.html")).unwrap();
    assert!(page.contains("default-src 'none'") && !page.contains("<img"));

    let down = opened(&farm, "report.html#sort=repositories:5:descending");
    let up = opened(&farm, "report.html#sort=repositories:5:ascending");
    assert!(
        down.initiators.is_empty() && up.initiators.is_empty(),
        "the page asked for something: {:?}",
        down.initiators
    );
    let (down, up) = (names(&down.dom), names(&up.dom));
    let changes: serde_json::Value = serde_json::from_slice(&fs::read(farm.path("report.json")).unwrap()).unwrap();
    let changes = |name: &String| {
        let rows = changes["repositories"].as_array().unwrap();
        let row = rows.iter().find(|row| row["repository"] == name.as_str());
        row.map_or(0, |row| {
            row["changes"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum::<u64>()
        })
    };
    assert_eq!((down.len(), up.len()), (6, 6));
    let counts = |names: &[String]| names.iter().map(&changes).collect::<Vec<_>>();
    assert!(counts(&down).is_sorted_by(|one, other| one >= other), "{:?}", counts(&down));
    assert!(counts(&up).is_sorted() && counts(&up) != counts(&down), "{:?}", counts(&up));
    let shown = opened(&farm, "report.html#filter=app-3");
    assert_eq!(names(&shown.dom), ["team-3/app-3"]);
    assert!(!shown.dom.contains("<title>run</title>"));

    // A page that does ask is seen to do so.
    fs::write(farm.path("asking.html"), "<img src=http://127.0.0.1:9/x>").unwrap();
    assert_eq!(opened(&farm, "asking.html").initiators.len(), 1);
    say("the report was opened in chromium three times; its tables sort, and it asked for nothing");
}
