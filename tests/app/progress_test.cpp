#include "host/app/progress.h"

#include <catch2/catch.hpp>

#include <sstream>

namespace progress_test {

using namespace able::app;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the rate leaves the first step out once there are others, and follows change") {
    Rate rate;
    Rate::Time now{};
    rate.begin(now);
    CHECK_FALSE(rate.per_second());
    rate.step(now += seconds(10));
    CHECK(*rate.per_second() == Approx(0.1));
    rate.step(now += milliseconds(500));
    CHECK(*rate.per_second() == Approx(2));
    CHECK(*rate.seconds_for(8) == Approx(4));
    for (int i = 0; i < 50; ++i) {
        rate.step(now += seconds(1));
    }
    CHECK(*rate.per_second() == Approx(1).epsilon(0.01));
}

TEST_CASE("time between images does not count as a step") {
    Rate rate;
    Rate::Time now{};
    rate.begin(now);
    rate.step(now += seconds(1));
    rate.step(now += seconds(1));
    rate.begin(now += seconds(100));
    rate.step(now += seconds(1));
    CHECK(*rate.per_second() == Approx(1));
}

TEST_CASE("the bar shows step, rate and time left within the width") {
    ProgressState state;
    state.phase = "sampling";
    state.step = 5;
    state.steps = 20;
    state.per_second = 2.314;
    state.eta = 6.2;
    CHECK(render_bar(state, 60) == "[=======>                       ]  5/20  2.31 it/s  eta 0:07");
    CHECK(render_bar(state, 30) == "5/20  2.31 it/s  eta 0:07");
    CHECK(render_bar(state, 10) == "5/20  2.31");
    for (std::size_t width = 0; width < 120; ++width) {
        CHECK(render_bar(state, width).size() <= width);
    }
    CHECK(render_line(state) == "step 5/20 2.31 it/s eta 0:07");
    state.images = 3;
    state.image = 1;
    state.per_second = 0.25;
    state.eta = 3723;
    CHECK(render_line(state) == "image 2/3 step 5/20 4.00 s/it eta 1:02:03");
    state.step = 20;
    CHECK(render_bar(state, 60) == "image 2/3  [================]  20/20  4.00 s/it  eta 1:02:03");
}

TEST_CASE("phases without steps show their share") {
    ProgressState state;
    state.phase = "loading model";
    CHECK(render_bar(state, 60) == "loading model");
    state.fraction = 0.409;
    CHECK(render_bar(state, 60) == "loading model 40%");
}

TEST_CASE("without a terminal each step is a plain line, and nothing is repeated") {
    std::ostringstream out;
    Rate::Time now{};
    {
        Progress progress(out, 0, 1);
        progress.phase("loading model", 0, now);
        progress.phase("loading model", 0.5, now += seconds(1));
        progress.phase("sampling", 0, now += seconds(1));
        progress.step(0, 1, 2, now += seconds(1));
        progress.step(0, 2, 2, now += seconds(2));
        progress.clear();
    }
    CHECK(out.str() == "loading model\nsampling\nstep 1/2 1.00 it/s eta 0:01\nstep 2/2 2.00 s/it eta 0:00\n");
}

TEST_CASE("on a terminal the bar is redrawn in place, not too often, and taken away at the end") {
    std::ostringstream out;
    Rate::Time now{};
    {
        Progress progress(out, 80, 1);
        progress.phase("sampling", 0, now);
        for (int i = 1; i <= 1000; ++i) {
            progress.step(0, static_cast<std::uint32_t>(i), 1000, now += milliseconds(1));
        }
    }
    const std::string text = out.str();
    CHECK(text.find('\n') == std::string::npos);
    const auto redraws = std::count(text.begin(), text.end(), '\r');
    CHECK(redraws > 5);
    CHECK(redraws < 20);
    CHECK(text.find("1000/1000") != std::string::npos);
    CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("the time left counts the images that are still to come") {
    std::ostringstream out;
    Rate::Time now{};
    Progress progress(out, 0, 3);
    progress.phase("sampling", 0, now);
    progress.step(0, 1, 10, now += seconds(1));
    CHECK_THAT(out.str(), Catch::EndsWith("image 1/3 step 1/10 1.00 it/s eta 0:29\n"));
    progress.begin_image(1);
    progress.phase("sampling", 0, now);
    CHECK_THAT(out.str(), Catch::EndsWith("image 2/3 sampling\n"));
}

} // namespace progress_test
