# certnotify as a periodic batch job of Nomad: every hour, never two at once, the memory on a host volume.
# The secret is a Nomad variable: nomad var put nomad/jobs/certnotify smtp_password=...
job "certnotify" {
  type = "batch"

  periodic {
    crons            = ["17 * * * *"]
    prohibit_overlap = true
  }

  group "certnotify" {
    volume "state" {
      type   = "host"
      source = "certnotify"
    }

    task "run" {
      driver = "exec"

      config {
        command = "/usr/local/bin/certnotify"
        args    = ["--policies", "/etc/certnotify/policies.toml", "--state", "/state/state.json", "run"]
      }

      volume_mount {
        volume      = "state"
        destination = "/state"
      }

      template {
        destination = "secrets/env"
        env         = true
        data        = "SMTP_PASSWORD={{ with nomadVar \"nomad/jobs/certnotify\" }}{{ .smtp_password }}{{ end }}"
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
