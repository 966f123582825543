create table number (value integer, square integer);
with recursive counter(value) as (select 1 union all select value + 1 from counter where value < 20000)
insert into number select value, value * value from counter;
create index by_square on number (square);
select count(*), sum(value), max(square) from number;
select value from number where square = 144 * 144;
select substr(hex(zeroblob(4)), 1, 8), typeof(1.5), date(0, 'unixepoch');
pragma integrity_check;
