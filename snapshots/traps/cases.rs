//! Small files for what needs a shape of its own, and what becomes of them with everything switched on.

use dockeropt::rewrite::Outcome;

use crate::{chains, checks, run, wrongs};

/// Must come back byte by byte, whatever is switched on.
const UNTOUCHED: &[&str] = &[
    // Templates.
    "FROM debian:{{ suite }}\n{% if x %}\nRUN apt-get update\n{% endif %}\n",
    "FROM debian:%%SUITE%%\n%%EXTRA%%\nRUN pip install flask\n",
    "FROM a\n<% if x %>\nENV A b\n<% end %>\n",
    // Each of these runs in another shell, or another way.
    "FROM a\nONBUILD RUN apt-get update && apt-get install -y curl\n",
    "FROM a\nONBUILD ADD . /a\nONBUILD ENV A b\n",
    "FROM debian:12\nRUN [\"apt-get\", \"install\", \"-y\", \"curl\"]\nRUN [\"pip\", \"install\", \"flask\"]\n",
    "FROM a\nSHELL [\"python3\", \"-c\"]\nRUN import os\nRUN print(1)\n",
    // Files, not scripts.
    "FROM a\nCOPY <<EOF /a\nFROM nothing\nRUN apt-get update\nRUN pip install flask\nENV A b\nEOF\n",
    // A shell must read them.
    "FROM a\nCMD java $OPTIONS -jar a.jar\n",
    "FROM a\nCMD source env.sh\n",
    "FROM a\nENTRYPOINT exec top -b\n",
    "FROM a\nENTRYPOINT top -b\nCMD [\"-n\", \"1\"]\n",
    // ADD does what COPY does not.
    "FROM a\nADD http://a.org/b.txt /\nADD $FILE /\nADD b.tar.gz /\nADD rootfs /\nADD *.tgz /\nADD git@a.org:b.git /b\n",
    // Nothing here asks for another shell, protocol or user.
    "FROM alpine:3.20\nRUN wget http://a.org/b | sh\n",
    "FROM postgres:16\nCOPY a.sql /docker-entrypoint-initdb.d/\nEXPOSE 5432\n",
    "FROM a\nRUN apt list --installed\n",
    "FROM a\nRUN sudo ls\n",
];

#[test]
fn what_is_no_business_of_a_rewriter_comes_back_byte_by_byte() {
    for (name, chain) in chains() {
        for text in UNTOUCHED {
            let after = run(&chain, text.as_bytes()).after;
            assert_eq!(String::from_utf8_lossy(&after), *text, "{name}");
        }
    }
}

/// RUNs that stay two, whatever is switched on: a first one, what stands between, and a second one.
const APART: &[(&str, &str)] = &[
    ("RUN cd /opt\n", "RUN ./configure\n"),
    ("RUN export A=1\n", "RUN echo \"$A\"\n"),
    ("RUN A=1; echo $A\n", "RUN echo \"$A\"\n"),
    ("RUN umask 077; touch /a\n", "RUN touch /b\n"),
    ("RUN set +e; false; true\n", "RUN false\n"),
    ("RUN sleep 9 &\n", "RUN echo b\n"),
    ("RUN echo a # a note\n", "RUN echo b\n"),
    ("RUN false\n", "RUN echo a || echo b\n"),
    ("RUN exit 0\n", "RUN echo b\n"),
    ("RUN exec true\n", "RUN echo b\n"),
    ("RUN trap 'echo a' EXIT\n", "RUN echo b\n"),
    ("RUN <<EOF\necho a\nEOF\n", "RUN echo b\n"),
    ("RUN echo a\n", "RUN <<EOF\necho b\nEOF\n"),
    ("RUN echo a\nSHELL [\"/bin/bash\", \"-c\"]\n", "RUN echo b\n"),
    ("RUN echo a\nUSER b\n", "RUN echo b\n"),
    ("RUN echo a\nENV A=b\n", "RUN echo b\n"),
    ("RUN echo a\nARG A\n", "RUN echo b\n"),
    ("RUN echo a\nWORKDIR /b\n", "RUN echo b\n"),
    ("RUN --mount=type=cache,target=/c echo a\n", "RUN echo b\n"),
    ("RUN --network=none echo a\n", "RUN echo b\n"),
    ("RUN --security=insecure echo a\n", "RUN echo b\n"),
    ("RUN [\"echo\", \"a\"]\n", "RUN echo b\n"),
];

#[test]
fn what_a_run_leaves_in_its_shell_does_not_reach_the_next() {
    let [_, (_, mut everything)] = chains();
    everything.transforms.retain(|transform| transform.id != "workdir-for-cd");
    for (first, second) in APART {
        let text = format!("FROM debian:12\n{first}{second}");
        assert_eq!(String::from_utf8_lossy(&run(&everything, text.as_bytes()).after), text);
    }
}

/// What becomes of a text with everything switched on.
const BECOMES: &[(&str, &str)] = &[
    ("FROM a\nMAINTAINER $USER <a@b.c>\n", "FROM a\nLABEL org.opencontainers.image.authors=\"\\$USER <a@b.c>\"\n"),
    ("FROM a\nENV Q \"quoted value\"\n", "FROM a\nENV Q=\"quoted value\"\n"),
    ("FROM a\nENV M hello  world\n", "FROM a\nENV M=\"hello  world\"\n"),
    (
        "# syntax=docker/dockerfile:1.2\n# escape=`\nFROM a\nENV A b\n",
        "# syntax=docker/dockerfile:1.2\n# escape=`\nFROM a\nENV A=b\n",
    ),
    ("\u{feff}FROM a\r\nENV A b\r\nENV C d", "\u{feff}FROM a\r\nENV A=b\r\nENV C=d"),
    (
        "FROM python:3.9\nRUN pip install a \\\n    # the client\n    b # noqa\n",
        "FROM python:3.9\nRUN pip install --no-cache-dir a \\\n    # the client\n    b # noqa\n",
    ),
    (
        "FROM debian:12\nRUN --mount=type=secret,id=a apt-get update && sudo apt-get install -y zsh \\\n    less\n\n\n\nRUN apt-get install -y c\n",
        "FROM debian:12\nRUN --mount=type=secret,id=a apt-get update && sudo apt-get install -y --no-install-recommends zsh \\\n    less\n\n\n\nRUN apt-get install -y --no-install-recommends c\n",
    ),
];

#[test]
fn a_change_is_no_larger_than_its_reason() {
    let [_, (_, everything)] = chains();
    for (before, after) in BECOMES {
        let (outcome, wrongs) = wrongs(&everything, before.as_bytes());
        assert_eq!(String::from_utf8_lossy(&outcome.after), *after);
        assert!(wrongs.is_empty(), "{wrongs:?}");
    }
}

/// What tools have made of a text, and which check sees it.
const MADE: &[(&str, &str, &str)] = &[
    (
        "FROM a\nRUN apt-get install -y b \\\n  c \\\n  && d\n",
        "FROM a\nRUN apt-get install -y b c\n\n  && d\n",
        "BuildKit takes it",
    ),
    ("# syntax=docker/dockerfile:1\nFROM a\n", "FROM a\n", "directives stay"),
    ("FROM a\nRUN b\n", "FROM a\n\nRUN b\n", "no blank line is added"),
    ("FROM a\nRUN b \\\n    c\n", "FROM a\nRUN b \\\n\tc\n", "lines outside of rewrites stay"),
    ("FROM a\nRUN b \\\n    # c\n    d\n", "FROM a\nRUN b \\\n    d\n", "comments stay lines of their own"),
    ("FROM a\nRUN b # c\n", "FROM a\nRUN b # c && d\n", "comments behind commands stay behind them"),
    ("FROM a\nCOPY <<EOF /b\nc=$d\nEOF\n", "FROM a\nCOPY <<EOF /b\nc = $d\nEOF\n", "heredocs only grow"),
    ("FROM a\nONBUILD RUN b\n", "FROM a\nONBUILD RUN b && c\n", "ONBUILD stays"),
    ("FROM a\nRUN [\"b\"]\n", "FROM a\nRUN b\n", "exec form RUN stays"),
    ("FROM a\nRUN --mount=type=cache,target=/b c\n", "FROM a\nRUN c\n", "flags of RUN stay behind it"),
    ("FROM a\nRUN --mount=type=ssh c\n", "FROM a\nRUN --mount=type=sshc d\n", "flags of RUN stay behind it"),
    ("FROM a\nRUN b\n", "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN b\n", "SHELL stays"),
    ("FROM postgres\nCMD [\"a\"]\n", "FROM postgres\nCMD [\"a\"]\nUSER appuser\n", "USER stays"),
    ("FROM debian:12\nRUN a\n", "FROM node:alpine\nRUN a\n", "FROM stays but for a version"),
    ("FROM debian:12\nRUN a\n", "FROM debian:13\nRUN a\n", "FROM stays but for a version"),
    ("FROM scratch\nADD a /\n", "FROM scratch:1\nADD a /\n", "FROM stays but for a version"),
    ("FROM a\nADD $FILE /b\n", "FROM a\nCOPY $FILE /b\n", "ADD stays where it may download or unpack"),
    ("FROM a\nADD rootfs /\n", "FROM a\nCOPY rootfs /\n", "ADD stays where it may download or unpack"),
    ("FROM a\nCOPY a /a\n", "FROM a\nCOPY --chmod=+x a /a\n", "COPY stays"),
    (
        "FROM a\nENTRYPOINT exec top\n",
        "FROM a\nENTRYPOINT [\"exec\", \"top\"]\n",
        "CMD and ENTRYPOINT that need a shell keep it",
    ),
    (
        "FROM a\nENTRYPOINT top\nCMD [\"b\"]\n",
        "FROM a\nENTRYPOINT [\"top\"]\nCMD [\"b\"]\n",
        "CMD and ENTRYPOINT that need a shell keep it",
    ),
    ("FROM a\nENV Q \"b c\"\n", "FROM a\nENV Q=\"\\\"b c\\\"\"\n", "values stay"),
    ("FROM a\nMAINTAINER $B\n", "FROM a\nLABEL org.opencontainers.image.authors=\"$B\"\n", "maintainers stay"),
    ("FROM a\nRUN wget b\n", "FROM a\nRUN wget --progress=dot:giga b\n", "no option or command is invented"),
    ("FROM a\nRUN apt list\n", "FROM a\nRUN apt-get list\n", "no option or command is invented"),
    ("FROM a\nRUN b http://c\n", "FROM a\nRUN b https://c\n", "no option or command is invented"),
    ("FROM a\nRUN sudo b\n", "FROM a\nRUN b\n", "sudo stays"),
    ("FROM a\nRUN b\nARG C=d\nRUN e\n", "FROM a\nRUN b && e\nARG C=d\n", "what stands between RUNs stays between them"),
    ("FROM a\nRUN cd /b\nRUN c\n", "FROM a\nRUN cd /b && c\n", "a RUN whose shell is changed ends there"),
    ("FROM a\nRUN umask 77\nRUN c\n", "FROM a\nRUN umask 77 && c\n", "a RUN whose shell is changed ends there"),
    ("FROM a\nRUN b\nRUN c || d\n", "FROM a\nRUN b && c || d\n", "a RUN whose shell is changed ends there"),
    (
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y b\n",
        "FROM debian:12\nRUN apt-get update && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y b\n",
        "no RUN lacks the apt lists it installs from",
    ),
    ("\u{feff}FROM a\n", "FROM a\n", "bytes at both ends stay"),
    ("FROM a\r\nRUN b\r\n", "FROM a\nRUN b\n", "bytes at both ends stay"),
    ("FROM a\nRUN b\n", "FROM a\nRUN b", "bytes at both ends stay"),
];

#[test]
fn the_checks_see_what_tools_have_made() {
    for (before, after, check) in MADE {
        let mut outcome = Outcome::unchanged(&before.as_bytes().into());
        outcome.after = after.as_bytes().into();
        let wrongs = checks::wrongs(&outcome);
        assert!(wrongs.iter().any(|wrong| wrong.starts_with(check)), "{outcome:?}: {wrongs:?}");
    }
}
