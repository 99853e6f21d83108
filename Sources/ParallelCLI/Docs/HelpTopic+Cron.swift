extension HelpTopic {
    /// A batch every night. The files are those of `docs/recipes.md`, which are tested as they stand.
    static let cron = HelpTopic(
        name: "cron", summary: "A batch every night, from cron or a systemd timer",
        sections: [
            DocumentSection(
                heading: "A script for both",
                blocks: [
                    .text(
                        """
                        'submit' sends the rows in the evening, 'collect' waits for the results in the morning and does \
                        what 'submit' could not. If all is well the script prints nothing; else it prints what the \
                        command said and ends with its exit code: 5 if rows are still running, 8 if some failed. No row \
                        is paid for twice: the same command goes on with a batch that has begun, and --add-new runs \
                        only rows that are new.

                        The file key in that folder has the API key; chmod 600 it. Nothing else is needed: no HOME, \
                        no terminal, no standard input. Without HOME there is no login, setting, log or budget.
                        """),
                    .examples([.init(nightly, "/srv/companies/nightly, which chmod +x makes a program")]),
                ]),
            DocumentSection(
                heading: "cron",
                blocks: [
                    .text(
                        """
                        Cron mails what a job prints, so that there is mail only if something went wrong. In a crontab \
                        % begins a new line; in the script it is a character like others.
                        """),
                    .examples([.init(crontab, "Lines for crontab -e")]),
                ]),
            DocumentSection(
                heading: "systemd",
                blocks: [
                    .text(
                        """
                        The files are in /etc/systemd/system, with a second timer, companies@collect.timer, that has \
                        another time. Enable and start both timers with systemctl; 'systemctl start companies@submit' \
                        runs the script at once.
                        """),
                    .examples([
                        .init(service, "companies@.service"), .init(timer, "companies@submit.timer"),
                        .init(failed, "companies-failed@.service"),
                    ]),
                ]),
        ])

    private static let nightly = """
        #!/bin/sh
        # Prints nothing unless something went wrong.
        set -eu
        # With the folder of parallel: 'command -v parallel' prints it.
        PATH=/usr/local/bin:/usr/bin:/bin
        cd /srv/companies
        log=$1.log
        case $1 in
        submit) set -- --no-wait ;;
        collect) set -- --timeout 2h ;;
        *) echo "usage: nightly submit|collect" >&2; exit 2 ;;
        esac
        # The first night begins the batch, later ones add to it.
        [ ! -e founders.csv.batch ] || set -- "$@" --add-new
        parallel batch run companies.csv -o founders.csv -p core \\
            --field 'founder=Name of the founder' "$@" \\
            --yes --max-cost 5 --api-key-file key >"$log" 2>&1 ||
            { code=$?; cat "$log"; exit "$code"; }
        """

    private static let crontab = """
        MAILTO=ada@example.com
        30 22 * * * /srv/companies/nightly submit
        0 6 * * * /srv/companies/nightly collect
        """

    private static let service = """
        [Unit]
        Description=Founders of companies: %i
        Wants=network-online.target
        After=network-online.target
        OnFailure=companies-failed@%i.service

        [Service]
        Type=oneshot
        User=companies
        ExecStart=/srv/companies/nightly %i
        """

    private static let timer = """
        [Unit]
        Description=Founders of companies every night

        [Timer]
        OnCalendar=22:30
        Persistent=true

        [Install]
        WantedBy=timers.target
        """

    private static let failed = """
        [Unit]
        Description=Mail about companies: %i

        [Service]
        Type=oneshot
        ExecStart=/bin/sh -c 'journalctl -n 40 -u companies@%i | mail -s "companies: %i failed" root'
        """
}
