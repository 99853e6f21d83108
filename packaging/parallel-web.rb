# Homebrew formula. Scripts/release fills in version, addresses and sums.
class ParallelWeb < Formula
  desc "Command-line of Parallel, the web-research API, with MCP servers"
  homepage "https://parallel.ai"
  version "@VERSION@"
  license "Apache-2.0"

  on_linux do
    url "@DOWNLOADS@/parallel-@VERSION@-linux-x86_64.tar.gz"
    sha256 "@LINUX_SHA256@"
    depends_on arch: :x86_64
  end

  on_macos do
    url "@DOWNLOADS@/parallel-@VERSION@.tar.gz"
    sha256 "@SOURCE_SHA256@"
    depends_on xcode: ["16.3", :build]
  end

  def install
    if OS.mac?
      system "Scripts/install", "--prefix", prefix, "--name", "parallel-web"
    else
      bin.install "bin/parallel" => "parallel-web", "bin/parallel-sandbox" => "parallel-web-sandbox"
      system "packaging/documents", prefix, "parallel-web"
    end
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/parallel-web --version")
    ENV["PARALLEL_NO_LOG"] = "1"
    answer = shell_output("#{bin}/parallel-web-sandbox run -- #{bin}/parallel-web task run 'Is it alive?' --json")
    assert_match "completed", answer
  end
end
