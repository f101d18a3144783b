# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dockeropt_global_optspecs
    string join \n color= h/help V/version
end

function __fish_dockeropt_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_dockeropt_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_dockeropt_using_subcommand
    set -l cmd (__fish_dockeropt_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c dockeropt -n "__fish_dockeropt_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_needs_command" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -s V -l version -d 'Print version'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "fix" -d 'Rewrite Dockerfiles in place, or print the patch with --diff'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "check" -d 'Report what would change and why, and what was left alone and why'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "verify" -d 'Build images before and after, and compare them by what the transforms promise'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "migrate" -d 'Rewrite the Dockerfiles of many repositories: a patch, a branch or new text for each, a journal, a report'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "map" -d 'Read JSON lines of Dockerfiles, and answer each with a line: what would change, and what was left alone'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "explain" -d 'Print the page of a transform'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "list" -d 'List all transforms'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "catalogue" -d 'Print what is known of an official image, its tags and its end of life, as of a day'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "lsp" -d 'Serve an editor: diagnostics, fixes, formatting and pages over standard input and output'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "parse" -d 'Print the tree of a Dockerfile'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "init" -d 'Write a commented dockeropt.toml into this folder'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "man" -d 'Print the manual page, or write all of them into a folder'
complete -c dockeropt -n "__fish_dockeropt_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l stdin-filename -d 'The path that standard input is taken to have, for configuration and messages' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l context -d 'The build context; by default what the repository says, else the folder of each Dockerfile, and none for standard input' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l max-file-size -d 'Largest file that is read, in bytes' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -s j -l jobs -d 'Number of files worked on at a time; by default as many as there are processors' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l select -d 'Only these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l ignore -d 'Not these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l opt-in -d 'Also these transforms, which run only when named' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l merge -d 'Which neighbouring RUNs are merged: `profitable`, where that saves bytes, or `all` that can be' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l pin -d 'How exactly base images are named: `none`, `line` (3.14-trixie), `exact` (3.14.7-trixie) or `digest`; the last two ask registries' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l config -d 'This configuration, and no other' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l update -d 'Move digests to what their tags are now: all, or those of images that match GLOB, such as python' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l lock -d 'The lock file; by default the nearest dockeropt.lock, or a new one in the folder of the configuration or repository' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l registry -d 'Ask this registry too; those that everybody knows, and those you are logged in to, are asked anyway' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l timeout -d 'Longest time to wait for a registry\'s answer, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l cache-dir -d 'Where to keep what registries answered' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l engine -d 'What builds; by default the first of these that is on PATH and answers' -r -f -a "docker\t''
podman\t''
buildah\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l build-arg -d 'A build argument, handed on to the engine' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l target -d 'The stage that is built; by default the last one' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l platform -d 'The platform that is built for, such as linux/arm64' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l network -d 'The network that builds and started images see, in the words of the engine' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l build-option -d 'Any other option of the engine\'s build command' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l build-timeout -d 'Longest time for a build, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l run -d 'Also start both images with these words instead of CMD, and compare how they end and what they print' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l run-timeout -d 'How long a started image may run, in seconds; then it counts as still running' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l scan -d 'Which scanner looks at both images; `auto` is those that are on PATH, and by default there is none' -r -f -a "auto\t''
trivy\t''
grype\t''
syft\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l diff -d 'Print one unified diff of all files and write nothing'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l check -d 'Write nothing, only list the files that would change'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -s i -l interactive -d 'Ask for each rewrite: y (yes), n (no), a (all of the rest), q (none of the rest)'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l exit-zero -d 'Exit with 0 also where something would change'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l verify -d 'Build each image before and after, and make only changes that keep what they promise'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l changed -d 'Only files that git says are changed'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l force-exclude -d 'Leave out files that the configuration excludes even if they are named here'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -s q -l quiet -d 'Only errors'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -s v -l verbose -d 'Also each file that was skipped or left as it is, and why; `check` also says why places were left alone'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l safe -d 'Only transforms that preserve at least the image\'s behaviour'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l no-config -d 'No configuration at all'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l offline -d 'No network: only the lock file, what was fetched before, and the catalogue'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l locked -d 'Only what the lock file says; what it does not say is an error'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -l start -d 'Also start both images as they are, and compare how they end and what they print'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand fix" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l format -r -f -a "human\t'Source excerpts, for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
sarif\t'Static Analysis Results Interchange Format 2.1.0'
github\t'GitHub workflow commands, shown at the changed lines'
gitlab\t'GitLab code quality report'"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l stdin-filename -d 'The path that standard input is taken to have, for configuration and messages' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l context -d 'The build context; by default what the repository says, else the folder of each Dockerfile, and none for standard input' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l max-file-size -d 'Largest file that is read, in bytes' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -s j -l jobs -d 'Number of files worked on at a time; by default as many as there are processors' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l select -d 'Only these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l ignore -d 'Not these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l opt-in -d 'Also these transforms, which run only when named' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l merge -d 'Which neighbouring RUNs are merged: `profitable`, where that saves bytes, or `all` that can be' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l pin -d 'How exactly base images are named: `none`, `line` (3.14-trixie), `exact` (3.14.7-trixie) or `digest`; the last two ask registries' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l config -d 'This configuration, and no other' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l update -d 'Move digests to what their tags are now: all, or those of images that match GLOB, such as python' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l lock -d 'The lock file; by default the nearest dockeropt.lock, or a new one in the folder of the configuration or repository' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l registry -d 'Ask this registry too; those that everybody knows, and those you are logged in to, are asked anyway' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l timeout -d 'Longest time to wait for a registry\'s answer, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l cache-dir -d 'Where to keep what registries answered' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l exit-zero -d 'Exit with 0 also where something would change'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l changed -d 'Only files that git says are changed'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l force-exclude -d 'Leave out files that the configuration excludes even if they are named here'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -s q -l quiet -d 'Only errors'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -s v -l verbose -d 'Also each file that was skipped or left as it is, and why; `check` also says why places were left alone'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l safe -d 'Only transforms that preserve at least the image\'s behaviour'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l no-config -d 'No configuration at all'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l offline -d 'No network: only the lock file, what was fetched before, and the catalogue'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -l locked -d 'Only what the lock file says; what it does not say is an error'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l format -r -f -a "human\t'A table, for people'
json\t'One JSON document'
markdown\t'The text of a pull request'"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l engine -d 'What builds; by default the first of these that is on PATH and answers' -r -f -a "docker\t''
podman\t''
buildah\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l build-arg -d 'A build argument, handed on to the engine' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l target -d 'The stage that is built; by default the last one' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l platform -d 'The platform that is built for, such as linux/arm64' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l network -d 'The network that builds and started images see, in the words of the engine' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l build-option -d 'Any other option of the engine\'s build command' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l build-timeout -d 'Longest time for a build, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l run -d 'Also start both images with these words instead of CMD, and compare how they end and what they print' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l run-timeout -d 'How long a started image may run, in seconds; then it counts as still running' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l scan -d 'Which scanner looks at both images; `auto` is those that are on PATH, and by default there is none' -r -f -a "auto\t''
trivy\t''
grype\t''
syft\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l stdin-filename -d 'The path that standard input is taken to have, for configuration and messages' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l context -d 'The build context; by default what the repository says, else the folder of each Dockerfile, and none for standard input' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l max-file-size -d 'Largest file that is read, in bytes' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -s j -l jobs -d 'Number of files worked on at a time; by default as many as there are processors' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l select -d 'Only these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l ignore -d 'Not these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l opt-in -d 'Also these transforms, which run only when named' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l merge -d 'Which neighbouring RUNs are merged: `profitable`, where that saves bytes, or `all` that can be' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l pin -d 'How exactly base images are named: `none`, `line` (3.14-trixie), `exact` (3.14.7-trixie) or `digest`; the last two ask registries' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l config -d 'This configuration, and no other' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l update -d 'Move digests to what their tags are now: all, or those of images that match GLOB, such as python' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l lock -d 'The lock file; by default the nearest dockeropt.lock, or a new one in the folder of the configuration or repository' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l registry -d 'Ask this registry too; those that everybody knows, and those you are logged in to, are asked anyway' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l timeout -d 'Longest time to wait for a registry\'s answer, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l cache-dir -d 'Where to keep what registries answered' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l keep-good -d 'Write what is left of the change without the transforms that break a promise'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l start -d 'Also start both images as they are, and compare how they end and what they print'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l changed -d 'Only files that git says are changed'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l force-exclude -d 'Leave out files that the configuration excludes even if they are named here'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -s q -l quiet -d 'Only errors'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -s v -l verbose -d 'Also each file that was skipped or left as it is, and why; `check` also says why places were left alone'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l safe -d 'Only transforms that preserve at least the image\'s behaviour'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l no-config -d 'No configuration at all'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l offline -d 'No network: only the lock file, what was fetched before, and the catalogue'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -l locked -d 'Only what the lock file says; what it does not say is an error'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l repos-from -d 'A file with more of all these, one a line; - for standard input' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l output -d 'What becomes of a repository that is changed' -r -f -a "patches\t'A patch that `git am` takes'
branch\t'A commit on a branch of its own; working tree, index and the branch that is checked out stay as they are'
in-place\t'New text in the working tree'"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l out -d 'Where patches, texts for pull requests and the journal are written' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l cache -d 'Where clones of URLs are kept; by default in the folder of --out' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l branch -d 'The branch that --output branch makes' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l shard -d 'Only a part of the repositories, such as 2/8; which one is in which part depends on its name alone' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l exec -d 'Run this command after each repository, by the shell, with what came of it in DOCKEROPT_REPOSITORY, DOCKEROPT_OUTCOME, DOCKEROPT_PATCH, DOCKEROPT_BODY, DOCKEROPT_TITLE, DOCKEROPT_BRANCH, DOCKEROPT_COMMIT, DOCKEROPT_FOLDER, DOCKEROPT_SOURCE and DOCKEROPT_REASON' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l report -d 'Write a report, by its suffix .html or .json; may be given several times' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l report-from -d 'Only write the report, from this journal of an earlier run; may be given several times, for shards' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l repository-timeout -d 'Longest time for a repository, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l max-file-size -d 'Largest file that is read, in bytes' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -s j -l jobs -d 'Number of repositories worked on at a time; by default as many as there are processors' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l select -d 'Only these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l ignore -d 'Not these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l opt-in -d 'Also these transforms, which run only when named' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l merge -d 'Which neighbouring RUNs are merged: `profitable`, where that saves bytes, or `all` that can be' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l pin -d 'How exactly base images are named: `none`, `line` (3.14-trixie), `exact` (3.14.7-trixie) or `digest`; the last two ask registries' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l config -d 'This configuration, and no other' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l update -d 'Move digests to what their tags are now: all, or those of images that match GLOB, such as python' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l lock -d 'The lock file; by default the nearest dockeropt.lock, or a new one in the folder of the configuration or repository' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l registry -d 'Ask this registry too; those that everybody knows, and those you are logged in to, are asked anyway' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l timeout -d 'Longest time to wait for a registry\'s answer, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l cache-dir -d 'Where to keep what registries answered' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l engine -d 'What builds; by default the first of these that is on PATH and answers' -r -f -a "docker\t''
podman\t''
buildah\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l build-arg -d 'A build argument, handed on to the engine' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l target -d 'The stage that is built; by default the last one' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l platform -d 'The platform that is built for, such as linux/arm64' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l network -d 'The network that builds and started images see, in the words of the engine' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l build-option -d 'Any other option of the engine\'s build command' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l build-timeout -d 'Longest time for a build, in seconds' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l run -d 'Also start both images with these words instead of CMD, and compare how they end and what they print' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l run-timeout -d 'How long a started image may run, in seconds; then it counts as still running' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l scan -d 'Which scanner looks at both images; `auto` is those that are on PATH, and by default there is none' -r -f -a "auto\t''
trivy\t''
grype\t''
syft\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l resume -d 'Go on with the journal of an earlier run: only what is missing, has changed since, was refused or failed is done'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l allow-dirty -d 'With --output in-place, also checkouts that are not clean'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l verify -d 'Build each image before and after, and make only changes that keep what they promise'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -s q -l quiet -d 'Only errors'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -s v -l verbose -d 'Also a line for each repository'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l safe -d 'Only transforms that preserve at least the image\'s behaviour'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l no-config -d 'No configuration at all'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l offline -d 'No network: only the lock file, what was fetched before, and the catalogue'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l locked -d 'Only what the lock file says; what it does not say is an error'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -l start -d 'Also start both images as they are, and compare how they end and what they print'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l shard -d 'Only each N-th line, from the I-th on: one of N runs over the same lines' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l max-line-size -d 'Largest line that is read, in bytes' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -s j -l jobs -d 'Number of lines worked on at a time; by default as many as there are processors' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l select -d 'Only these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l ignore -d 'Not these transforms, or those of a phase' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l opt-in -d 'Also these transforms, which run only when named' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l merge -d 'Which neighbouring RUNs are merged: `profitable`, where that saves bytes, or `all` that can be' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l pin -d 'How exactly base images are named: `none`, `line` (3.14-trixie), `exact` (3.14.7-trixie) or `digest`; the last two ask registries' -r
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l config -d 'This configuration, and no other' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -s q -l quiet -d 'Only errors'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l safe -d 'Only transforms that preserve at least the image\'s behaviour'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -l no-config -d 'No configuration at all'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand map" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand explain" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand list" -l format -r -f -a "human\t''
json\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand list" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand catalogue" -l format -r -f -a "human\t''
json\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand catalogue" -l update -d 'Store the catalogue in this file, to be used from now on' -r -F
complete -c dockeropt -n "__fish_dockeropt_using_subcommand catalogue" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand catalogue" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand lsp" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand lsp" -l network -d 'Registries may be asked, where a configuration wants digests or full versions'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand lsp" -l stdio -d 'Nothing else than what happens anyway; editors add it of their own accord, some of them twice'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand lsp" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand parse" -l format -r -f -a "human\t''
json\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand parse" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand parse" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand init" -l schema -d 'Print the JSON schema of dockeropt.toml instead'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand init" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand completions" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c dockeropt -n "__fish_dockeropt_using_subcommand man" -s h -l help -d 'Print help'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "fix" -d 'Rewrite Dockerfiles in place, or print the patch with --diff'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "check" -d 'Report what would change and why, and what was left alone and why'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "verify" -d 'Build images before and after, and compare them by what the transforms promise'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "migrate" -d 'Rewrite the Dockerfiles of many repositories: a patch, a branch or new text for each, a journal, a report'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "map" -d 'Read JSON lines of Dockerfiles, and answer each with a line: what would change, and what was left alone'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "explain" -d 'Print the page of a transform'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "list" -d 'List all transforms'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "catalogue" -d 'Print what is known of an official image, its tags and its end of life, as of a day'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "lsp" -d 'Serve an editor: diagnostics, fixes, formatting and pages over standard input and output'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "parse" -d 'Print the tree of a Dockerfile'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "init" -d 'Write a commented dockeropt.toml into this folder'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "completions" -d 'Print completions for a shell'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "man" -d 'Print the manual page, or write all of them into a folder'
complete -c dockeropt -n "__fish_dockeropt_using_subcommand help; and not __fish_seen_subcommand_from fix check verify migrate map explain list catalogue lsp parse init completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
