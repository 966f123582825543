counts = Hash.new(0)
threads = 4.times.map { |index| Thread.new { 100.times { |round| Thread.current[:sum] = (Thread.current[:sum] || 0) + round * index } } }
threads.each { |thread| thread.join; counts[thread[:sum]] += 1 }
puts "hello from jruby #{RUBY_VERSION} #{counts.keys.sort.inspect} #{%w[b a].sort.join}"
