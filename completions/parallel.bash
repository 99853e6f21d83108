# bash completion for parallel. Made by 'parallel completion'; changes to this file are lost.

# Sets what may follow the command $1 (commands, flags) and the kind of value of its flag or argument $2 (value).
_parallel_table() {
    commands='' flags='' value=''
    case $1 in
        '')
            commands='task batch group search extract images places decide memory findall monitor webhook ask chat respond mcp login logout auth key balance spend shell config processors api doctor skill help completion'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        task)
            commands='run result status events input list open'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        batch)
            commands='run rerun status results forget suggest list decide'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        group)
            commands='create add get runs events'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        memory)
            commands='search evict clear'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        findall)
            commands='run result status events enrich extend cancel schema ingest entities refresh'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        monitor)
            commands='create list get events update trigger cancel stats'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        webhook)
            commands='verify listen'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        mcp)
            commands='add list get remove disable enable test tools call resources prompts trust pin check login logout import install uninstall clients export snippet proxy serve'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        auth)
            commands=status
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        key)
            commands='create list delete'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        config)
            commands='list get set unset path'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        skill)
            commands='print install uninstall'
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'task run')
            flags='--processor -p --input-json --context --input-schema --output-schema --field --fields-from --output-text --output-auto --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --include-domain --exclude-domain --after-date --location --data-source --paid-source --metadata --webhook --previous-interaction-id --memory-scope-key --beta --events --no-events --report --basis --events-file --continue --continue-from --no-wait --yes -y --confirm-above --max-cost --dry-run --curl --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --input-json | --context | --input-schema | --output-schema | 1) value=@file ;;
                --field | --output-text | --account | --include-domain | --exclude-domain | --after-date | --location | --metadata | --webhook | --memory-scope-key | --beta | --confirm-above | --max-cost | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --fields-from | --mcp-config | --events-file | --api-key-file | --output | -o | --audit-log) value=file ;;
                --mcp) value='values servers' ;;
                --data-source) value='words biorxiv chembl clinical_trials cms_coverage npi_registry pubmed' ;;
                --paid-source) value='words carbonarc' ;;
                --previous-interaction-id | --continue-from) value='values run' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'task result')
            flags='--basis --tool-calls --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                [0-9]*) value='values run' ;;
            esac
            ;;
        'task status')
            flags='--watch --interval --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --interval | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                [0-9]*) value='values run' ;;
            esac
            ;;
        'task events')
            flags='--timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values run' ;;
            esac
            ;;
        'task input')
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values run' ;;
            esac
            ;;
        'task list')
            flags='--kind --status --since --limit -n --profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --kind) value='words run group findall monitor search extract images places entities chat respond decide all' ;;
                --status | --since | --limit | -n | --profile | --select | --pick | --cut) value=none ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'task open')
            flags='--quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='values run' ;;
            esac
            ;;
        'batch run')
            flags='--input-format --delimiter --quotes --no-header --skip-lines --encoding --skip-bad-rows --bad-rows --dedup --column --template --limit --sample --shard --retry-failed --add-new --only-changed --where --repeat --processor -p --input-schema --output-schema --field --fields-from --output-text --output-auto --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --include-domain --exclude-domain --after-date --location --data-source --paid-source --metadata --webhook --previous-interaction-id --memory-scope-key --beta --yes -y --confirm-above --max-cost --dry-run --rate --no-wait --timeout --unordered --progress --state --output -o --format --json --force --basis --run-ids --with-status --row-numbers --excel-safe --api-key-file --api-key-command --profile --no-log --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --input-format | --format) value='words csv tsv json jsonl' ;;
                --delimiter | --skip-lines | --column | --template | --limit | --sample | --shard | --where | --field | --output-text | --account | --include-domain | --exclude-domain | --after-date | --location | --metadata | --webhook | --memory-scope-key | --beta | --confirm-above | --max-cost | --timeout | --api-key-command | --notify-command) value=none ;;
                --quotes) value='words always never' ;;
                --encoding) value='words utf-8 utf-16le utf-16be latin1 cp1252' ;;
                --bad-rows | --only-changed | --fields-from | --mcp-config | --state | --output | -o | --api-key-file | --audit-log | 1) value=file ;;
                --processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --input-schema | --output-schema) value=@file ;;
                --mcp) value='values servers' ;;
                --data-source) value='words biorxiv chembl clinical_trials cms_coverage npi_registry pubmed' ;;
                --paid-source) value='words carbonarc' ;;
                --previous-interaction-id) value='values run' ;;
                --rate) value='words unlimited' ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'batch rerun')
            flags='--where --repeat --processor -p --mcp-config --trust-project --yes -y --confirm-above --max-cost --dry-run --rate --timeout --progress --force --api-key-file --api-key-command --profile --no-log --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --where | --confirm-above | --max-cost | --timeout | --api-key-command | --notify-command) value=none ;;
                --processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --mcp-config | --api-key-file | --audit-log | 1) value=file ;;
                --rate) value='words unlimited' ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'batch status')
            flags='--watch --interval --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --interval | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values file group' ;;
            esac
            ;;
        'batch results')
            flags='--wait --timeout --input --input-format --delimiter --quotes --no-header --skip-lines --encoding --skip-bad-rows --output -o --format --json --force --basis --run-ids --with-status --row-numbers --excel-safe --api-key-file --api-key-command --profile --no-log --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --timeout | --delimiter | --skip-lines | --api-key-command | --notify-command) value=none ;;
                --input | --output | -o | --api-key-file | --audit-log) value=file ;;
                --input-format | --format) value='words csv tsv json jsonl' ;;
                --quotes) value='words always never' ;;
                --encoding) value='words utf-8 utf-16le utf-16be latin1 cp1252' ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                [0-9]*) value='values file group' ;;
            esac
            ;;
        'batch forget')
            flags='--force --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --color) value='words auto always never' ;;
                --audit-log | [0-9]*) value=file ;;
            esac
            ;;
        'batch suggest')
            flags='--previous --processor -p --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --previous | --api-key-file | --output | -o | --audit-log) value=file ;;
                --processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value=@file ;;
            esac
            ;;
        'batch list')
            flags='--status --since --limit -n --profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --status | --since | --limit | -n | --profile | --select | --pick | --cut) value=none ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'batch decide')
            flags='--question -Q --questions --yes -y --confirm-above --max-cost --input-format --delimiter --quotes --no-header --skip-lines --encoding --skip-bad-rows --column --template --limit --sample --output -o --format --json --force --row-numbers --excel-safe --api-key-file --api-key-command --profile --no-log --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --dry-run --help -h --version -V'
            case ${2-} in
                --question | -Q | --confirm-above | --max-cost | --delimiter | --skip-lines | --column | --template | --limit | --sample | --api-key-command | --notify-command) value=none ;;
                --questions) value=@file ;;
                --input-format | --format) value='words csv tsv json jsonl' ;;
                --quotes) value='words always never' ;;
                --encoding) value='words utf-8 utf-16le utf-16be latin1 cp1252' ;;
                --output | -o | --api-key-file | --audit-log | 1) value=file ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'group create')
            flags='--metadata --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --metadata | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'group add')
            flags='--processor -p --output-schema --field --fields-from --output-text --output-auto --data-source --paid-source --refresh-status --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --output-schema) value=@file ;;
                --field | --output-text | --api-key-command | --select | --pick | --cut) value=none ;;
                --fields-from | --api-key-file | --output | -o | --audit-log | 2) value=file ;;
                --data-source) value='words biorxiv chembl clinical_trials cms_coverage npi_registry pubmed' ;;
                --paid-source) value='words carbonarc' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values group' ;;
            esac
            ;;
        'group get')
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values group' ;;
            esac
            ;;
        'group runs')
            flags='--status --with-input --with-output --limit --after --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --status) value='words queued running completed failed cancelling cancelled' ;;
                --limit | --after | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values group' ;;
            esac
            ;;
        'group events')
            flags='--after --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --after | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values group' ;;
            esac
            ;;
        search)
            flags='--query --mode --limit --max-age --fetch-timeout --disable-cache-fallback --max-chars --max-chars-per-result --session-id --client-model --dry-run --curl --include-domain --exclude-domain --after-date --location --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --query | --limit | --max-age | --fetch-timeout | --max-chars | --max-chars-per-result | --session-id | --client-model | --include-domain | --exclude-domain | --after-date | --location | --api-key-command | --select | --pick | --cut) value=none ;;
                --mode) value='words turbo fast basic advanced' ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        extract)
            flags='--objective --query --full --max-chars-full --max-age --fetch-timeout --disable-cache-fallback --max-chars --max-chars-per-result --session-id --client-model --yes -y --confirm-above --max-cost --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --objective | --query | --max-chars-full | --max-age | --fetch-timeout | --max-chars | --max-chars-per-result | --session-id | --client-model | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        images)
            flags='--objective --mode --limit --location --session-id --client-model --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --objective | --limit | --location | --session-id | --client-model | --api-key-command | --select | --pick | --cut) value=none ;;
                --mode) value='words fast advanced' ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        places)
            flags='--near --mode --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --near | --api-key-command | --select | --pick | --cut) value=none ;;
                --mode) value='words fast advanced' ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        decide)
            flags='--input-json --threshold --excerpts --no-excerpts --question -Q --questions --yes -y --confirm-above --max-cost --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --input-json | --questions | 1) value=@file ;;
                --threshold | --question | -Q | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'memory search')
            flags='--limit --kind --since --scope-key --yes -y --confirm-above --max-cost --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --limit | --since | --scope-key | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --kind) value='words task monitor findall' ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'memory evict')
            flags='--kind --scope-key --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --kind) value='words task monitor findall' ;;
                --scope-key | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'memory clear')
            flags='--yes -y --scope-key --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope-key | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'findall run')
            flags='--generator -g --match-limit -n --entity-type --condition --exclude --metadata --webhook --webhook-event --memory-scope-key --enrich-suggested --state --enrich --enrich-schema --enrich-processor -p --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --no-wait --dry-run --curl --yes -y --confirm-above --max-cost --basis --all-candidates --events --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --generator | -g) value='words preview base core pro' ;;
                --match-limit | -n | --entity-type | --condition | --metadata | --webhook | --memory-scope-key | --enrich | --account | --confirm-above | --max-cost | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --exclude | --state | --mcp-config | --api-key-file | --output | -o | --audit-log) value=file ;;
                --webhook-event) value='words findall.candidate.generated findall.candidate.matched findall.candidate.enriched findall.run.completed findall.run.cancelled findall.run.failed' ;;
                --enrich-schema | 1) value=@file ;;
                --enrich-processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --mcp) value='values servers' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'findall result')
            flags='--now --basis --all-candidates --events --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'findall status')
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                [0-9]*) value='values findall' ;;
            esac
            ;;
        'findall events')
            flags='--after --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --after | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'findall enrich')
            flags='--enrich --enrich-schema --enrich-processor -p --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --dry-run --curl --yes -y --confirm-above --max-cost --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --enrich | --account | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --enrich-schema | 2) value=@file ;;
                --enrich-processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --mcp) value='values servers' ;;
                --mcp-config | --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'findall extend')
            flags='--dry-run --curl --yes -y --confirm-above --max-cost --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'findall cancel')
            flags='--dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'findall schema')
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'findall ingest')
            flags='--dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value=@file ;;
            esac
            ;;
        'findall entities')
            flags='--limit -n --dry-run --curl --yes -y --confirm-above --max-cost --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --limit | -n | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='words companies people' ;;
                2) value=@file ;;
            esac
            ;;
        'findall refresh')
            flags='--state --match-limit -n --exclude-all --forget-unfinished --enrich --enrich-schema --enrich-processor -p --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --no-wait --dry-run --curl --yes -y --confirm-above --max-cost --basis --all-candidates --events --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --state | --mcp-config | --api-key-file | --output | -o | --audit-log) value=file ;;
                --match-limit | -n | --enrich | --account | --confirm-above | --max-cost | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --enrich-schema) value=@file ;;
                --enrich-processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --mcp) value='values servers' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values findall' ;;
            esac
            ;;
        'monitor create')
            flags='--task-run --frequency -f --processor -p --include-domain --exclude-domain --location --metadata --webhook --webhook-event --output-schema --field --fields-from --backfill --memory-scope-key --wait --timeout --yes -y --confirm-above --max-cost --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --task-run) value='values run' ;;
                --frequency | -f) value='words hourly daily weekly every_two_weeks' ;;
                --processor | -p) value='words lite base' ;;
                --include-domain | --exclude-domain | --location | --metadata | --webhook | --field | --memory-scope-key | --timeout | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --webhook-event) value='words monitor.event.detected monitor.execution.failed monitor.execution.completed' ;;
                --output-schema | 1) value=@file ;;
                --fields-from | --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'monitor list')
            flags='--status --type --limit -n --all --cursor --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --status) value='words active cancelled' ;;
                --type) value='words event_stream snapshot' ;;
                --limit | -n | --cursor | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'monitor get')
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values monitor' ;;
            esac
            ;;
        'monitor events')
            flags='--group --completions --limit -n --all --cursor --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --group | --limit | -n | --cursor | --api-key-command | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values monitor' ;;
            esac
            ;;
        'monitor update')
            flags='--query --clear --frequency -f --processor -p --include-domain --exclude-domain --location --metadata --webhook --webhook-event --yes -y --confirm-above --max-cost --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --query) value=@file ;;
                --clear) value='words webhook metadata sources' ;;
                --frequency | -f) value='words hourly daily weekly every_two_weeks' ;;
                --processor | -p) value='words lite base' ;;
                --include-domain | --exclude-domain | --location | --metadata | --webhook | --confirm-above | --max-cost | --api-key-command | --select | --pick | --cut) value=none ;;
                --webhook-event) value='words monitor.event.detected monitor.execution.failed monitor.execution.completed' ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values monitor' ;;
            esac
            ;;
        'monitor trigger')
            flags='--dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values monitor' ;;
            esac
            ;;
        'monitor cancel')
            flags='--dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values monitor' ;;
            esac
            ;;
        'monitor stats')
            flags='--api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'webhook verify')
            flags='--id --timestamp --signature --header -H --secret-file --tolerance --output -o --force --pager --no-pager --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --id | --timestamp | --signature | --header | -H | --tolerance) value=none ;;
                --secret-file | --output | -o | --audit-log | 1) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'webhook listen')
            flags='--port --limit --timeout --secret-file --tolerance --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --port | --limit | --timeout | --tolerance) value=none ;;
                --secret-file | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        ask)
            flags='--with --model -m --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --allow-tool --approve --system --max-tokens --effort --continue --continue-from --beta --wait --stream --no-stream --key-file --dry-run --curl --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --with) value='words openai anthropic parallel gemini xai' ;;
                --model | -m | --account | --allow-tool | --max-tokens | --continue-from | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --mcp) value='values servers' ;;
                --mcp-config | --key-file | --api-key-file | --output | -o | --audit-log) value=file ;;
                --approve) value='words all ask' ;;
                --system | 1) value=@file ;;
                --effort) value='words low medium high' ;;
                --beta) value='words mcp-client-2026-09-15 mcp-client-2025-11-20 mcp-client-2025-04-04' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        chat)
            flags='--model -m --system --json-schema --history --previous-interaction-id --stream --no-stream --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --model | -m) value='words speed lite base core' ;;
                --system | --api-key-command | --select | --pick | --cut) value=none ;;
                --json-schema | 1) value=@file ;;
                --history | --api-key-file | --output | -o | --audit-log) value=file ;;
                --previous-interaction-id) value='values run' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        respond)
            flags='--effort --instructions --json-schema --field --fields-from --web-search --include-domain --exclude-domain --data-source --paid-source --mcp --mcp-config --trust-project --account --check --no-check --require-mcp --allow-tool --metadata --continue --continue-from --stream --no-stream --yes -y --confirm-above --max-cost --dry-run --curl --timeout --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --notify --notify-command --help -h --version -V'
            case ${2-} in
                --effort) value='words low medium high' ;;
                --instructions | --json-schema | 1) value=@file ;;
                --field | --include-domain | --exclude-domain | --account | --allow-tool | --metadata | --continue-from | --confirm-above | --max-cost | --timeout | --api-key-command | --select | --pick | --cut | --notify-command) value=none ;;
                --fields-from | --mcp-config | --api-key-file | --output | -o | --audit-log) value=file ;;
                --data-source) value='words biorxiv chembl clinical_trials cms_coverage npi_registry pubmed' ;;
                --paid-source) value='words carbonarc' ;;
                --mcp) value='values servers' ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'mcp add')
            flags='--allow-tool --scope --verify --no-verify --pin --no-pin --force --command --env --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --allow-tool | --command | --env | --header | -H | --bearer-env | --api-key-command | --timeout) value=none ;;
                --scope) value='words user project' ;;
                --api-key-file | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'mcp list')
            flags='--json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'mcp get')
            flags='--json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp remove')
            flags='--scope --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                [0-9]*) value='values servers' ;;
            esac
            ;;
        'mcp disable')
            flags='--scope --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp enable')
            flags='--scope --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp test')
            flags='--allow-tool --command --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --allow-tool | --command | --header | -H | --bearer-env | --api-key-command | --timeout | --account | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp tools')
            flags='--schema --grep --command --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --schema | --grep | --command | --header | -H | --bearer-env | --api-key-command | --timeout | --account | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp call')
            flags='--arg -a --arg-json --args --check --no-check --yes -y --wait --mode --include-domain --exclude-domain --after-date --location --command --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --arg | -a | --arg-json | --include-domain | --exclude-domain | --after-date | --location | --command | --header | -H | --bearer-env | --api-key-command | --timeout | --account | --select | --pick | --cut) value=none ;;
                --args) value=@file ;;
                --mode) value='words turbo fast basic advanced' ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp resources')
            flags='--header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --header | -H | --bearer-env | --api-key-command | --timeout | --account | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
                2) value='words read' ;;
            esac
            ;;
        'mcp prompts')
            flags='--arg -a --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --arg | -a | --header | -H | --bearer-env | --api-key-command | --timeout | --account | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
                2) value='words get' ;;
            esac
            ;;
        'mcp trust')
            flags='--list --revoke --yes -y --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp pin')
            flags='--remove --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --header | -H | --bearer-env | --api-key-command | --timeout | --account) value=none ;;
                --api-key-file | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp check')
            flags='--header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --header | -H | --bearer-env | --api-key-command | --timeout | --account | --select | --pick | --cut) value=none ;;
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                [0-9]*) value='values servers' ;;
            esac
            ;;
        'mcp login')
            flags='--client-id --client-secret-env --client-secret-file --client-metadata-url --client-credentials --scope --callback-port --redirect-uri --browser --device --print-handoff --wait-for-auth --callback --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --client-id | --client-secret-env | --client-metadata-url | --scope | --callback-port | --redirect-uri | --wait-for-auth | --header | -H | --bearer-env | --api-key-command | --timeout | --account) value=none ;;
                --client-secret-file | --callback | --api-key-file | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp logout')
            flags='--header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --header | -H | --bearer-env | --api-key-command | --timeout | --account) value=none ;;
                --api-key-file | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp import')
            flags='--name --scope --registry --registry-url --var --as --dry-run --force --yes -y --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --name | --registry | --registry-url | --var | --as) value=none ;;
                --scope) value='words user project' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='words claude-code claude-desktop cursor vscode vscode-insiders vscodium copilot-cli windsurf devin-desktop devin-cli codex gemini-cli antigravity zed opencode opencode2 kilo cline roo-code amp kiro factory openhands continue goose lm-studio warp junie fx crush openclaw hermes pi mcporter' ;;
            esac
            ;;
        'mcp install')
            flags='--scope --via --as --dry-run --force --embed-key --print --mcpb --output -o --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --via) value='words http proxy' ;;
                --as) value=none ;;
                --print) value='words mcpServers raycast chatgpt visual-studio claude-code claude-desktop cursor vscode vscode-insiders vscodium copilot-cli windsurf devin-desktop devin-cli codex gemini-cli antigravity zed opencode opencode2 kilo cline roo-code amp kiro factory openhands continue goose lm-studio warp junie fx crush openclaw hermes pi mcporter' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
                1) value='words claude-code claude-desktop cursor vscode vscode-insiders vscodium copilot-cli windsurf devin-desktop devin-cli codex gemini-cli antigravity zed opencode opencode2 kilo cline roo-code amp kiro factory openhands continue goose lm-studio warp junie fx crush openclaw hermes pi mcporter' ;;
                2) value='values servers' ;;
            esac
            ;;
        'mcp uninstall')
            flags='--scope --dry-run --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='words claude-code claude-desktop cursor vscode vscode-insiders vscodium copilot-cli windsurf devin-desktop devin-cli codex gemini-cli antigravity zed opencode opencode2 kilo cline roo-code amp kiro factory openhands continue goose lm-studio warp junie fx crush openclaw hermes pi mcporter' ;;
                2) value='values servers' ;;
            esac
            ;;
        'mcp clients')
            flags='--all --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'mcp export')
            flags='--as --output -o --check --force --allow-tool --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --json --format --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --as) value='words ai-sdk openai openai-chat anthropic gemini json-schema mcp' ;;
                --output | -o | --api-key-file | --audit-log) value=file ;;
                --allow-tool | --header | -H | --bearer-env | --api-key-command | --timeout | --account) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp snippet')
            flags='--as --prompt --approve --with --model -m --allow-tool --system --max-tokens --effort --beta --output -o --force --quiet -q --verbose -v --color --json-errors --help -h --version -V'
            case ${2-} in
                --as) value='words curl python typescript json' ;;
                --prompt | --system) value=@file ;;
                --approve) value='words all ask' ;;
                --with) value='words openai anthropic parallel gemini xai' ;;
                --model | -m | --allow-tool | --max-tokens) value=none ;;
                --effort) value='words low medium high' ;;
                --beta) value='words mcp-client-2026-09-15 mcp-client-2025-11-20 mcp-client-2025-04-04' ;;
                --output | -o) value=file ;;
                --color) value='words auto always never' ;;
                [0-9]*) value='values servers' ;;
            esac
            ;;
        'mcp proxy')
            flags='--allow-tool --deny-tool --listen --header -H --bearer-env --api-key-file --api-key-command --profile --no-log --timeout --trust-project --account --stored-auth-only --transport --allow-http --resource --auth-timeout --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --allow-tool | --deny-tool | --listen | --header | -H | --bearer-env | --api-key-command | --timeout | --account | --resource | --auth-timeout) value=none ;;
                --api-key-file | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --transport) value='words http-only http-first' ;;
                --color) value='words auto always never' ;;
                1) value='values servers' ;;
            esac
            ;;
        'mcp serve')
            flags='--root --max-cost --max-wait --mcp --account --api-key-file --api-key-command --profile --no-log --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --root | --api-key-file | --audit-log) value=file ;;
                --max-cost | --max-wait | --account | --api-key-command) value=none ;;
                --mcp) value='values servers' ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        login)
            flags='--web --with-key --browser --callback-port --wait-for-auth --store --app --profile --json --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --callback-port | --wait-for-auth | --store | --app) value=none ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        logout)
            flags='--delete-key --profile --json --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        'auth status')
            flags='--offline --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'key create')
            flags='--app --dry-run --profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --app | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'key list')
            flags='--json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'key delete')
            flags='--app --yes -y --dry-run --profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --app | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        balance)
            flags='--yes -y --idempotency-key --dry-run --profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --idempotency-key | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
                1) value='words add' ;;
            esac
            ;;
        spend)
            flags='--since --by --profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --since | --profile | --select | --pick | --cut) value=none ;;
                --by) value='words command day processor' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        shell)
            flags='--processor -p --chat --with --profile --no-log --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --processor | -p) value='words lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' ;;
                --with) value='words openai anthropic parallel gemini xai' ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        'config list')
            flags='--profile --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'config get')
            flags='--profile --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='words allowed-hosts audit-log base-url budget confirm-above format generator location mode processor read-only timeout zero-retention' ;;
            esac
            ;;
        'config set')
            flags='--profile --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='words allowed-hosts audit-log base-url budget confirm-above format generator location mode processor read-only timeout zero-retention' ;;
                2) value='values settings' ;;
            esac
            ;;
        'config unset')
            flags='--profile --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='words allowed-hosts audit-log base-url budget confirm-above format generator location mode processor read-only timeout zero-retention' ;;
            esac
            ;;
        'config path')
            flags='--quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        processors)
            flags='--json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --output | -o | --audit-log) value=file ;;
                --select | --pick | --cut) value=none ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        api)
            flags='--field -f --json-field -F --input --header -H --paginate --include -i --dry-run --curl --api-key-file --api-key-command --profile --no-log --json --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --field | -f | --json-field | -F | --header | -H | --api-key-command | --select | --pick | --cut) value=none ;;
                --input | --api-key-file | --output | -o | --audit-log) value=file ;;
                --profile) value='values profiles' ;;
                --color) value='words auto always never' ;;
                1) value='words GET POST PUT PATCH DELETE' ;;
            esac
            ;;
        doctor)
            flags='--offline --api-key-file --api-key-command --profile --no-log --json --format --output -o --force --pager --no-pager --select --pick --cut --digest --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --api-key-file | --output | -o | --audit-log) value=file ;;
                --api-key-command | --select | --pick | --cut) value=none ;;
                --profile) value='values profiles' ;;
                --format) value='words table json jsonl csv tsv markdown html text' ;;
                --color) value='words auto always never' ;;
            esac
            ;;
        'skill print')
            flags='--quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        'skill install')
            flags='--scope --project --agent --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --agent) value='words claude codex copilot cursor gemini opencode' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        'skill uninstall')
            flags='--scope --project --agent --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --scope) value='words user project' ;;
                --agent) value='words claude codex copilot cursor gemini opencode' ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
            esac
            ;;
        help)
            flags='--man --markdown --json --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                [0-9]*) value='commands environment exit-codes formatting money retention cron' ;;
            esac
            ;;
        completion)
            flags='--name --quiet -q --verbose -v --color --json-errors --audit-log --help -h --version -V'
            case ${2-} in
                --name) value=none ;;
                --color) value='words auto always never' ;;
                --audit-log) value=file ;;
                1) value='words install uninstall bash zsh fish' ;;
                2) value='words bash zsh fish' ;;
            esac
            ;;
    esac
}

# Splits the text $1 into words, because COMP_WORDS is split at = and @ too; quote stays set inside quotes.
_parallel_split() {
    local character word='' started='' index
    words=() quote=''
    for ((index = 0; index < ${#1}; index++)); do
        character=${1:index:1}
        if [[ -n $quote && $character == "$quote" ]]; then
            quote=''
        elif [[ $character == \\ && $quote != \' ]]; then
            index=$((index + 1))
            word+=${1:index:1}
        elif [[ -n $quote ]]; then
            word+=$character
        elif [[ $character == [\'\"] ]]; then
            quote=$character started=1
        elif [[ $character == [[:space:]] ]]; then
            [[ -n $started$word ]] && words+=("$word")
            word='' started=''
        else
            word+=$character
        fi
    done
    words+=("$word")
}

# Adds the words that compgen prints, one per line.
_parallel_add() {
    local line
    while IFS= read -r line; do
        line=$prefix$line
        COMPREPLY+=("${line#"$cut"}")
    done < <(compgen "$@" -- "$current")
}

# Adds what only the program knows; only ASCII letters count, whatever the locale.
_parallel_add_values() {
    local line LC_ALL=C
    while IFS=$'\t' read -r line _; do
        if [[ $line == "$current"* && ${line#@} != *[!A-Za-z0-9._-]* ]]; then
            line=$prefix$line
            COMPREPLY+=("${line#"$cut"}")
        fi
    done < <("${words[0]/#\~\//${HOME-}/}" completion values "$1=$2" 2>/dev/null)
}

_parallel() {
    local commands flags value path='' operands='' flag='' ended='' prefix='' cut='' quote='' count=0
    local -a words
    # compgen splits its words by IFS, which the user's shell may have changed.
    local IFS=$' \t\n'
    local current index word
    _parallel_split "${COMP_LINE:0:COMP_POINT}"
    current=${words[${#words[@]} - 1]}
    # readline replaces only $2, which begins after a =, for example.
    if [[ $current == *"${2-}" ]]; then cut=${current%"${2-}"}; fi
    COMPREPLY=()
    for word in "${words[@]:1:${#words[@]}-2}"; do
        _parallel_table "$path" "$word"
        if [[ -n $flag ]]; then
            flag=''
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == -?* ]]; then
            [[ -n $value ]] && flag=$word
        elif [[ " $commands " == *" $word "* ]]; then
            path=${path:+$path }$word
        else
            count=$((count + 1))
            operands=${operands:+$operands }$word
        fi
    done

    _parallel_table "$path"
    if [[ -n $flag ]]; then
        :
    elif [[ -z $ended && $current == --*=* ]]; then
        flag=${current%%=*} prefix=${current%%=*}= current=${current#*=}
    elif [[ -z $ended && $current == -* ]]; then
        _parallel_add -W "$flags"
        return
    elif [[ -n $commands ]]; then
        # Behind a word that is no command nothing is known.
        [[ -n $operands ]] || _parallel_add -W "$commands"
        return 0
    fi

    _parallel_table "$path" "${flag:-$((count + 1))}"
    case $value in
        'words '*) _parallel_add -W "${value#words }" ;;
        'commands '*)
            [[ -z $operands ]] && _parallel_add -W "${value#commands }"
            _parallel_table "$operands"
            _parallel_add -W "$commands"
            ;;
        'values '*)
            # bash would take a word with an @ for the beginning of a host's name.
            compopt +o bashdefault 2>/dev/null || :
            if [[ $value == *' settings' ]]; then
                _parallel_add_values settings "${operands##* }"
            else
                _parallel_add_values "${value##* }" "$current"
            fi
            if [[ $value == 'values file '* ]]; then
                compopt -o filenames -o default 2>/dev/null || :
                _parallel_add -f
            fi
            ;;
        file)
            # default: readline completes file names that begin with a quote.
            compopt -o filenames -o default 2>/dev/null || :
            _parallel_add -f
            ;;
        @file)
            [[ $current == @* ]] || return 0
            prefix+=@ current=${current#@}
            _parallel_add -f
            # After an @ readline sees no file names, so the / and the quoting are added here.
            for ((index = 0; index < ${#COMPREPLY[@]}; index++)); do
                word=${COMPREPLY[index]}
                if [[ -d ${word#*@} ]]; then
                    compopt -o nospace 2>/dev/null || :
                    word+=/
                fi
                [[ -n $quote ]] || word=$(printf %q "$word")
                COMPREPLY[index]=$word
            done
            ;;
    esac
}

complete -o bashdefault -F _parallel parallel
