// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/etcd.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>

#include "orchestrator/cluster/child_process.h"
#include "proxy/edge/descriptor.h"
#include "tests/benchmark/etcd.grpc.pb.h"

namespace benchmark {
namespace {

using std::chrono::seconds;

constexpr seconds kPatience{30};  // for anything that a healthy cluster does within milliseconds
constexpr unsigned kClientsPerConnection = 8;

std::optional<std::filesystem::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto program = std::filesystem::path(folder) / name;
    if (std::filesystem::is_regular_file(program)) return program;
  }
  return std::nullopt;
}

// Ports of loopback that nobody listens on: chosen by the kernel, all held until all are known.
std::vector<int> free_ports(std::size_t count) {
  std::vector<proxy::Descriptor> held;
  std::vector<int> ports;
  while (ports.size() < count) {
    const proxy::Descriptor& socket =
        held.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), generic, size) != 0 ||
        ::getsockname(socket.get(), generic, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "no free port of loopback");
    }
    ports.push_back(ntohs(address.sin_port));
  }
  return ports;
}

void check(const grpc::Status& status, const std::string& what) {
  if (!status.ok()) throw std::runtime_error("etcd: " + what + ": " + status.error_message());
}

void set_deadline(grpc::ClientContext& context) {
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
}

class EtcdCluster {
 public:
  EtcdCluster(const std::filesystem::path& program, const std::filesystem::path& folder);
  // Client endpoint of the member that leads, having waited for one.
  std::string find_leader();
  etcdserverpb::StatusResponse status(const std::string& endpoint);

 private:
  std::vector<std::string> endpoints_;
  std::vector<cluster::ChildProcess> members_;
};

EtcdCluster::EtcdCluster(const std::filesystem::path& program,
                         const std::filesystem::path& folder) {
  const std::vector<int> ports = free_ports(std::size_t{2} * kNodes);
  std::vector<std::string> peers;
  std::string initial_cluster;
  for (std::size_t i = 0; i < kNodes; ++i) {
    endpoints_.push_back(fmt::format("127.0.0.1:{}", ports[i]));
    peers.push_back(fmt::format("http://127.0.0.1:{}", ports[kNodes + i]));
    initial_cluster += fmt::format("{}e{}={}", i == 0 ? "" : ",", i + 1, peers[i]);
  }
  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < kNodes; ++i) {
    const std::string name = fmt::format("e{}", i + 1);
    const std::string client = "http://" + endpoints_[i];
    members_.emplace_back(
        std::vector<std::string>{program, "--name", name, "--data-dir", folder / name,
                                 "--listen-client-urls", client, "--advertise-client-urls", client,
                                 "--listen-peer-urls", peers[i], "--initial-advertise-peer-urls",
                                 peers[i], "--initial-cluster", initial_cluster, "--logger", "zap",
                                 "--log-level", "warn"},
        folder / (name + ".stderr"));
  }
}

etcdserverpb::StatusResponse EtcdCluster::status(const std::string& endpoint) {
  const auto channel = grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  set_deadline(context);
  etcdserverpb::StatusResponse response;
  check(etcdserverpb::Maintenance::NewStub(channel)->Status(&context, {}, &response),
        "status of " + endpoint);
  return response;
}

std::string EtcdCluster::find_leader() {
  // A put ends once there is a leader.
  const auto channel = grpc::CreateChannel(endpoints_[0], grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  set_deadline(context);
  etcdserverpb::PutRequest request;
  request.set_key("first");
  etcdserverpb::PutResponse response;
  check(etcdserverpb::KV::NewStub(channel)->Put(&context, request, &response), "the first put");
  for (const std::string& endpoint : endpoints_) {
    const auto answer = status(endpoint);
    if (answer.leader() == answer.header().member_id()) return endpoint;
  }
  throw std::runtime_error("etcd: no member says that it leads");
}

// The clients of one load, as one thread over one completion queue.
class Clients {
 public:
  Clients(const std::string& leader, const Load& load);
  Sample run();

 private:
  struct Call {
    etcdserverpb::KV::Stub* stub = nullptr;
    unsigned client = 0;
    std::uint64_t puts = 0;
    Time begun{};
    std::unique_ptr<grpc::ClientContext> context;
    etcdserverpb::PutResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<etcdserverpb::PutResponse>> reader;
  };

  void put(Call& call);

  Load load_;
  std::vector<std::unique_ptr<etcdserverpb::KV::Stub>> stubs_;  // each with its own connection
  grpc::CompletionQueue queue_;
  std::vector<Call> calls_;
  std::minstd_rand random_;
};

Clients::Clients(const std::string& leader, const Load& load) : load_(load), calls_(load.clients) {
  grpc::ChannelArguments own_connection;
  own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  for (unsigned i = 0; i < load.clients; ++i) {
    if (i % kClientsPerConnection == 0) {
      const auto channel =
          grpc::CreateCustomChannel(leader, grpc::InsecureChannelCredentials(), own_connection);
      if (!channel->WaitForConnected(std::chrono::system_clock::now() + kPatience))
        throw std::runtime_error("etcd: no connection to " + leader);
      stubs_.push_back(etcdserverpb::KV::NewStub(channel));
    }
    calls_[i].stub = stubs_.back().get();
    calls_[i].client = i;
  }
}

void Clients::put(Call& call) {
  etcdserverpb::PutRequest request;
  request.set_key(fmt::format("k{}", random_() % kKeys + 1));
  std::string value = fmt::format("c{}.{}", call.client + 1, ++call.puts);
  value.resize(kValueBytes, '.');
  request.set_value(std::move(value));
  call.context = std::make_unique<grpc::ClientContext>();
  set_deadline(*call.context);
  call.begun = proxy::monotonic_now();
  call.reader = call.stub->AsyncPut(call.context.get(), request, &queue_);
  call.reader->Finish(&call.response, &call.status, &call);
}

Sample Clients::run() {
  Meter meter(load_, proxy::monotonic_now());
  for (Call& call : calls_)
    put(call);
  void* tag = nullptr;
  bool ok = false;
  for (std::size_t open = calls_.size(); open > 0 && queue_.Next(&tag, &ok);) {
    auto& call = *static_cast<Call*>(tag);
    const Time now = proxy::monotonic_now();
    check(call.status, "a put");
    meter.put(call.begun, now);
    if (now < meter.until()) {
      put(call);
    } else {
      --open;
    }
  }
  return meter.sample();
}

Sample measure(const std::filesystem::path& program, const std::filesystem::path& folder,
               const Load& load) {
  EtcdCluster cluster(program, folder);
  const std::string leader = cluster.find_leader();
  const auto before = cluster.status(leader);
  Sample sample = Clients(leader, load).run();
  const auto after = cluster.status(leader);
  sample.leader_changed = after.header().raft_term() != before.header().raft_term();
  sample.version = after.version();
  return sample;
}

}  // namespace

std::optional<System> etcd(std::string& why) {
  const auto program = find_program("etcd");
  if (!program) {
    why = "no program etcd (etcd-server)";
    return std::nullopt;
  }
  return System{"etcd", [program](const auto& folder, const Load& load) {
                  return measure(*program, folder, load);
                }};
}

}  // namespace benchmark
