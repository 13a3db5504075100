// The SQLite file of jobs and images: its one connection, its schema, and how it is opened.
#pragma once

#include "store_error.h"

#include "host/protocol/error.h"

#include <Poco/Data/Session.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace able::server {

class SqliteStore {
public:
    explicit SqliteStore(std::filesystem::path file);

    // Runs `work(session)` alone; what SQLite has against it becomes a StoreError that says `what` could not be done.
    template <class Work>
    auto run(const char *what, Work &&work) {
        const std::lock_guard lock(mutex_);
        return translated(what, [&] { return work(session_); });
    }

    // The same, and all of it or nothing is on the disk when this returns. The write lock is taken at the start: a
    // transaction that reads first would otherwise risk a busy error when it comes to write.
    template <class Work>
    auto write(const char *what, Work &&work) {
        const std::lock_guard lock(mutex_);
        return translated(what, [&] {
            Transaction transaction(session_);
            if constexpr (std::is_void_v<decltype(work(session_))>) {
                work(session_);
                transaction.commit();
            } else {
                auto result = work(session_);
                transaction.commit();
                return result;
            }
        });
    }

private:
    class Transaction {
    public:
        explicit Transaction(Poco::Data::Session &session);
        ~Transaction();
        Transaction(const Transaction &) = delete;
        Transaction &operator=(const Transaction &) = delete;
        void commit();

    private:
        Poco::Data::Session &session_;
        bool open_ = true;
    };

    template <class Work>
    auto translated(const char *what, Work &&work) -> decltype(work()) {
        try {
            return work();
        } catch (const Poco::Exception &error) {
            fail(what, error.displayText());
        } catch (const nlohmann::json::exception &error) {
            fail(what, error.what());
        } catch (const protocol::ProtocolError &error) {
            fail(what, error.what());
        }
    }
    [[noreturn]] void fail(const char *what, const std::string &reason) const;

    static Poco::Data::Session open(const std::filesystem::path &file);
    void take_over();
    void check_integrity();
    void migrate();

    const std::filesystem::path file_;
    std::mutex mutex_;
    Poco::Data::Session session_;
};

} // namespace able::server
